import { readText, SettingsError } from '../settings/settings.ts';
import type { RemoteAuthConfig } from './auth-settings.ts';
import { Authenticator } from './authenticator.ts';
import { type ProviderConfig, readProvider } from './provider-settings.ts';
import { type FindKey, keysAtUrl, keysOf, readPublicKeys } from './public-keys.ts';
import { rememberTokens } from './token-memory.ts';
import { eitherVerifier, openProviderVerifier, openVerifier, type Verify } from './verifier.ts';

/**
 * Opens the check of tokens: those signed with our own keys, if there are any, and those of an
 * OpenID provider, if one is set. Undefined without both.
 * @throws SettingsError when the provider's settings are incomplete
 */
export function openVerify(
  findKey: FindKey | undefined,
  config: ProviderConfig,
): Verify | undefined {
  const verify = withProvider(findKey && openVerifier(findKey), config);
  return verify && rememberTokens(verify);
}

function withProvider(ours: Verify | undefined, config: ProviderConfig): Verify | undefined {
  const provider = readProvider(config);
  if (!provider) return ours;
  const theirs = openProviderVerifier(provider, keysAtUrl(provider.jwksUrl));
  return eitherVerifier(ours, provider, theirs);
}

/**
 * Opens the authenticator of a service without keys of its own. It accepts tokens of the keys in
 * TOKEN_KEYS_FILE or else of those at JWKS_URL.
 * @throws SettingsError when the file cannot be used, or tokens are required and there are no keys
 */
export function openAuthenticator(config: RemoteAuthConfig): Authenticator {
  const findKey = chooseKeys(config);
  if (config.auth === 'required' && !findKey) {
    throw new SettingsError('AUTH: required needs TOKEN_KEYS_FILE or JWKS_URL');
  }
  return new Authenticator(config.auth, openVerify(findKey, config));
}

function chooseKeys({ tokenKeysFile: file, jwksUrl }: RemoteAuthConfig): FindKey | undefined {
  if (file) return keysOf(readPublicKeys('TOKEN_KEYS_FILE', readText('TOKEN_KEYS_FILE', file)));
  return jwksUrl ? keysAtUrl(jwksUrl) : undefined;
}
