import { readText, SettingsError } from '../settings.ts';
import type { RemoteAuthConfig } from './auth-settings.ts';
import { Gate } from './gate.ts';
import { type FindKey, keysAtUrl, keysOf, readPublicKeys } from './public-keys.ts';
import { rememberTokens } from './token-memory.ts';
import { openVerifier } from './verifier.ts';

/**
 * The gate of a part without keys of its own: it takes tokens of the keys in TOKEN_KEYS_FILE, or of
 * those shown at JWKS_URL.
 * @throws SettingsError when the file cannot be used, or tokens are required and there are no keys
 */
export function openGate(config: RemoteAuthConfig): Gate {
  const findKey = chooseKeys(config);
  if (config.auth === 'required' && !findKey) {
    throw new SettingsError('AUTH: required needs TOKEN_KEYS_FILE or JWKS_URL');
  }
  return new Gate(config.auth, findKey && rememberTokens(openVerifier(findKey)));
}

function chooseKeys({ tokenKeysFile: file, jwksUrl }: RemoteAuthConfig): FindKey | undefined {
  if (file) return keysOf(readPublicKeys('TOKEN_KEYS_FILE', readText('TOKEN_KEYS_FILE', file)));
  return jwksUrl ? keysAtUrl(jwksUrl) : undefined;
}
