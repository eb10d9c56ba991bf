import { openChatGate } from '@parley/chat/tokens/chat-gate.ts';
import { ownTokenKeyFile, readTokenKey } from '@parley/chat/tokens/token-key.ts';
import { CANARY_CHANNEL } from '@parley/contract/canary.ts';
import type { Gate } from '@parley/kit/tokens/gate.ts';
import type { PublicJwk } from '@parley/kit/tokens/signing-key.ts';
import type { StandaloneConfig } from './settings.ts';

/** Long enough for any query; made anew for each. */
const LIFE_SECONDS = 60;

/**
 * One gate for both parts, and broadcast's own token for reading the log. Where tokens are required
 * and TOKEN_KEY_FILE names no key, one is kept in DATA_DIR, made where missing.
 * @throws SettingsError when a file cannot be used
 */
export function openStandaloneTokens(config: StandaloneConfig): {
  gate: Gate;
  publicKeys: PublicJwk[];
  token: () => string | undefined;
} {
  if (config.auth === 'open') return { ...openChatGate(config), token: () => undefined };
  const tokenKeyFile = config.tokenKeyFile || ownTokenKeyFile(config.dataDir);
  const key = readTokenKey(tokenKeyFile);
  const claims = { sub: 'broadcast', publish: [CANARY_CHANNEL], subscribe: ['**'] };
  return {
    ...openChatGate({ ...config, tokenKeyFile }),
    token: () => key.sign(claims, LIFE_SECONDS),
  };
}
