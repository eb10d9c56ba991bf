import { readText } from '@parley/kit/settings.ts';
import type { AuthConfig } from '@parley/kit/tokens/auth-settings.ts';
import { Gate } from '@parley/kit/tokens/gate.ts';
import { keysAtUrl, keysOf, readPublicKeys } from '@parley/kit/tokens/public-keys.ts';
import { openVerifier } from '@parley/kit/tokens/verifier.ts';

/**
 * Broadcast's gate: it takes tokens of the keys in TOKEN_KEYS_FILE, or of those that chat shows.
 * @throws SettingsError when the file cannot be used
 */
export function openBroadcastGate({
  auth,
  tokenKeysFile: file,
  chatUrl,
}: AuthConfig & { chatUrl: string }): Gate {
  const findKey = file
    ? keysOf(readPublicKeys('TOKEN_KEYS_FILE', readText('TOKEN_KEYS_FILE', file)))
    : keysAtUrl(new URL('/.well-known/jwks.json', chatUrl).href);
  return new Gate(auth, openVerifier(findKey));
}
