import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';

/** A token key in a file, and tokens signed with it that may post and read everywhere. */
export function tokenKeyFile(folder: string) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const file = `${folder}/token-of-test.key`;
  writeFileSync(file, pem, { mode: 0o600 });
  const key = openSigningKey(pem);
  const everywhere = { publish: ['**'], subscribe: ['**'] };
  return {
    file,
    /** The header that shows a token of `sub`. */
    headersOf: (sub: string, more: { name?: string; role?: 'admin'; publish?: string[] } = {}) => ({
      Authorization: `Bearer ${key.sign({ sub, ...everywhere, ...more }, 600)}`,
    }),
  };
}
