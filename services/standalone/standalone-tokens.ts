import { type ChatTokens, openChatGate } from '@parley/chat/tokens/chat-gate.ts';
import { ownTokenKeyFile } from '@parley/chat/tokens/token-key.ts';
import { CANARY_CHANNEL } from '@parley/contract/canary.ts';
import type { StandaloneConfig } from './settings.ts';

/** Long enough for any query; made anew for each. */
const LIFE_SECONDS = 60;

/**
 * One gate for all parts, and broadcast's own token for reading the log where one is required. Where
 * TOKEN_KEY_FILE names no key, one is kept in DATA_DIR, made where missing.
 * @throws SettingsError when a file cannot be used
 */
export function openStandaloneTokens(
  config: StandaloneConfig,
): ChatTokens & { token: () => string | undefined } {
  const tokenKeyFile = config.tokenKeyFile || ownTokenKeyFile(config.dataDir);
  const claims = { sub: 'broadcast', publish: [CANARY_CHANNEL], subscribe: ['**'] };
  const tokens = openChatGate({ ...config, tokenKeyFile });
  const token = () => tokens.signingKey?.sign(claims, LIFE_SECONDS);
  return { ...tokens, token: config.auth === 'open' ? () => undefined : token };
}
