import { type ChatTokens, openChatTokens } from '@parley/chat/tokens/chat-tokens.ts';
import { ownTokenKeyFile } from '@parley/chat/tokens/token-key.ts';
import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import type { StandaloneConfig } from './settings.ts';

/** Long enough for any query. Each query gets a new token. */
const LIFE_SECONDS = 60;
const HOOKS = { sub: 'hooks', publish: ['**'], subscribe: ['**'], unlimited: true };

/**
 * One authenticator for all services, and the tokens with which broadcast reads the log, unless
 * AUTH is open, and private channels. Without TOKEN_KEY_FILE the key is a file in DATA_DIR, which is made when missing.
 * @throws SettingsError when a file cannot be used
 */
export function openStandaloneTokens(config: StandaloneConfig): ChatTokens & {
  token: () => string | undefined;
  serviceToken: () => string;
  /** Reads every channel and posts in each, for the hooks. Empty without a key. */
  hooksToken: () => string;
} {
  const tokenKeyFile = config.tokenKeyFile || ownTokenKeyFile(config.dataDir);
  const claims = { sub: 'broadcast', publish: [CANARY_CHANNEL], subscribe: ['**'] };
  const tokens = openChatTokens({ ...config, tokenKeyFile });
  const token = () => tokens.signingKey?.sign(claims, LIFE_SECONDS);
  return {
    ...tokens,
    token: config.auth === 'open' ? () => undefined : token,
    serviceToken: () => token() ?? '',
    hooksToken: () => tokens.signingKey?.sign(HOOKS, LIFE_SECONDS) ?? '',
  };
}
