import type { Setting } from '../settings.ts';
import type { AuthMode } from './gate.ts';

export interface AuthConfig {
  auth: AuthMode;
  tokenKeysFile: string;
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
};
