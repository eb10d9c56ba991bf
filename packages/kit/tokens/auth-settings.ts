import type { Setting } from '../settings.ts';
import type { AuthMode } from './gate.ts';
import { type ProviderConfig, providerSettings } from './provider-settings.ts';

export interface AuthConfig extends ProviderConfig {
  auth: AuthMode;
  tokenKeysFile: string;
}

/** What a part is told that has no keys of its own. */
export interface RemoteAuthConfig extends AuthConfig {
  jwksUrl: string;
}

/** Who may do what. */
export const authSettings: { [K in keyof AuthConfig]: Setting<AuthConfig[K]> } = {
  auth: {
    doc: 'open: whoever has no token may speak and read everywhere; required: nowhere.',
    format: ['open', 'required'],
    default: 'open',
    env: 'AUTH',
  },
  tokenKeysFile: {
    doc: 'PEM file of the public keys whose tokens are taken; it may hold several, so that a new one can follow an old.',
    format: 'text',
    default: '',
    env: 'TOKEN_KEYS_FILE',
  },
  ...providerSettings,
};

/** The same for a part that may ask chat for the keys. */
export const remoteAuthSettings: { [K in keyof RemoteAuthConfig]: Setting<RemoteAuthConfig[K]> } = {
  ...authSettings,
  jwksUrl: {
    doc: "Where the public keys are shown, unless there is a file: chat's /.well-known/jwks.json.",
    format: 'http address',
    default: '',
    env: 'JWKS_URL',
  },
};
