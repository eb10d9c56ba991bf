import { createPublicKey, type KeyObject } from 'node:crypto';
import { readText, SettingsError } from '@parley/kit/settings/settings.ts';
import type { AuthConfig } from '@parley/kit/tokens/auth-settings.ts';
import { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import { openVerify } from '@parley/kit/tokens/open-authenticator.ts';
import { keysOf, readPublicKeys } from '@parley/kit/tokens/public-keys.ts';
import { type PublicJwk, type SigningKey, toPublicJwk } from '@parley/kit/tokens/signing-key.ts';
import { readTokenKey } from './token-key.ts';

/** Checks tokens, publishes the keys and signs tokens. */
export interface ChatTokens {
  authenticator: Authenticator;
  /** The keys whose tokens are accepted, for services that ask. */
  publicKeys: PublicJwk[];
  /** Signs tokens; undefined where TOKEN_KEY_FILE names none. */
  signingKey: SigningKey | undefined;
}

/**
 * Opens chat's authenticator with the public keys whose tokens it accepts: the keys in
 * TOKEN_KEYS_FILE, and the public key of TOKEN_KEY_FILE, with which chat signs tokens itself.
 * @throws SettingsError when a file cannot be used, or tokens are required and there is no key
 */
export function openChatTokens(config: AuthConfig & { tokenKeyFile: string }): ChatTokens {
  const { auth, tokenKeyFile, tokenKeysFile } = config;
  const keys = tokenKeysFile
    ? readPublicKeys('TOKEN_KEYS_FILE', readText('TOKEN_KEYS_FILE', tokenKeysFile))
    : [];
  const signingKey = tokenKeyFile ? readTokenKey(tokenKeyFile) : undefined;
  if (signingKey) keys.push(createPublicKey({ key: signingKey.publicJwk, format: 'jwk' }));
  if (keys.length === 0 && auth === 'required') {
    throw new SettingsError('AUTH: required needs TOKEN_KEY_FILE or TOKEN_KEYS_FILE');
  }
  const verify = openVerify(keys.length > 0 ? keysOf(keys) : undefined, config);
  return {
    authenticator: new Authenticator(auth, verify),
    publicKeys: namedOnce(keys),
    signingKey,
  };
}

/** Lists each key once: the signing key is mostly in TOKEN_KEYS_FILE, too. */
function namedOnce(keys: KeyObject[]): PublicJwk[] {
  return [...new Map(keys.map(toPublicJwk).map((jwk) => [jwk.kid, jwk])).values()];
}
