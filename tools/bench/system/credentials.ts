import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import type { Sandbox } from './sandbox.ts';

/** Whether Parley is measured in open mode, or requires a token with every request. */
export type Auth = 'open' | 'required';

/**
 * Authentication of a deployment: settings of chat and broadcast, and the token of every request.
 */
export interface Credentials {
  env: Record<string, string>;
  token: string | undefined;
  /** Header lines with the token. Each ends with CRLF. */
  headers: string;
}

const LIFE_SECONDS = 86_400;

/** Makes a signing key and a token where tokens are required. Empty settings in open mode. */
export function makeCredentials(sandbox: Sandbox, auth: Auth): Credentials {
  if (auth === 'open') return { env: {}, token: undefined, headers: '' };
  const folder = sandbox.makeDir('tokens');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const token = openSigningKey(pem).sign(
    { sub: 'bench', publish: ['**'], subscribe: ['**'] },
    LIFE_SECONDS,
  );
  const files = { TOKEN_KEY_FILE: join(folder, 'key'), TOKEN_KEYS_FILE: join(folder, 'keys') };
  writeFileSync(files.TOKEN_KEY_FILE, pem);
  const publicKey = createPublicKey(pem).export({ type: 'spki', format: 'pem' });
  writeFileSync(files.TOKEN_KEYS_FILE, publicKey);
  return {
    env: { AUTH: 'required', CHAT_TOKEN: token, ...files },
    token,
    headers: `Authorization: Bearer ${token}\r\n`,
  };
}
