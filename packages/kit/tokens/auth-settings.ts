import type { Setting } from '../settings/settings.ts';
import type { AuthMode } from './authenticator.ts';
import { type ProviderConfig, providerSettings } from './provider-settings.ts';

export interface AuthConfig extends ProviderConfig {
  auth: AuthMode;
  tokenKeysFile: string;
}

/** Settings of a service that has no keys of its own. */
export interface RemoteAuthConfig extends AuthConfig {
  jwksUrl: string;
}

/** Settings for who may do what. */
export const authSettings: { [K in keyof AuthConfig]: Setting<AuthConfig[K]> } = {
  auth: {
    doc: 'open: without a token a client may post and read in every channel; required: in none.',
    format: ['open', 'required'],
    default: 'open',
    env: 'AUTH',
  },
  tokenKeysFile: {
    doc: 'PEM file of the public keys whose tokens are accepted; it may hold several, so that a new key can replace an old one.',
    format: 'text',
    default: '',
    env: 'TOKEN_KEYS_FILE',
  },
  ...providerSettings,
};

/** The same settings for a service that may fetch the keys from chat. */
export const remoteAuthSettings: { [K in keyof RemoteAuthConfig]: Setting<RemoteAuthConfig[K]> } = {
  ...authSettings,
  jwksUrl: {
    doc: "URL of the public keys, used when TOKEN_KEYS_FILE is empty: chat's /.well-known/jwks.json.",
    format: 'http address',
    default: '',
    env: 'JWKS_URL',
  },
};
