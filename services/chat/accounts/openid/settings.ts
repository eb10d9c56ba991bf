import { type Setting, SettingsError } from '@parley/kit/settings/settings.ts';
import type { ProviderConfig } from '@parley/kit/tokens/provider-settings.ts';

const LABEL_MAX = 40;

/** How people sign in by the OpenID provider on the page. */
export interface OpenIdConfig {
  oidcClientId: string;
  oidcClientSecret: string;
  oidcLabel: string;
  oidcSignUp: 'as-sign-up' | 'open';
}

function checkLabel(text: string): void {
  if (text.trim() === '' || [...text].length > LABEL_MAX)
    throw new Error(`must have 1 to ${LABEL_MAX} characters`);
}

export const openIdSettings: { [K in keyof OpenIdConfig]: Setting<OpenIdConfig[K]> } = {
  oidcClientId: {
    doc: 'Client id of Parley at the provider OIDC_ISSUER: with it people sign in by the provider on the page; empty: they do not.',
    format: 'text',
    default: '',
    env: 'OIDC_CLIENT_ID',
  },
  oidcClientSecret: {
    doc: 'Client secret of Parley at the provider; empty for a public client.',
    format: 'text',
    default: '',
    env: 'OIDC_CLIENT_SECRET',
    sensitive: true,
  },
  oidcLabel: {
    doc: 'What the button of the page names: "Sign in with …".',
    format: { name: 'label', check: checkLabel },
    default: 'OpenID',
    env: 'OIDC_LABEL',
  },
  oidcSignUp: {
    doc: 'open: the first sign-in by the provider makes an account, also with SIGN_UP=closed; as-sign-up: it does so where SIGN_UP or an invitation allows it.',
    format: ['as-sign-up', 'open'],
    default: 'as-sign-up',
    env: 'OIDC_SIGN_UP',
  },
};

/** True when people sign in by the provider. @throws SettingsError without a provider */
export function hasOpenIdSignIn({
  oidcClientId,
  oidcIssuer,
}: Pick<OpenIdConfig, 'oidcClientId'> & Pick<ProviderConfig, 'oidcIssuer'>): boolean {
  if (oidcClientId !== '' && oidcIssuer === '')
    throw new SettingsError('OIDC_CLIENT_ID: needs OIDC_ISSUER');
  return oidcClientId !== '';
}
