import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { CANARY_CHANNEL } from '@parley/contract/canary.ts';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';

/** As long as the authority: what reads the log with it shall not stop one day by itself. */
const LIFE_SECONDS = 3_650 * 86_400;
const BROADCAST = { sub: 'broadcast', publish: [CANARY_CHANNEL], subscribe: ['**'] };
/** Which channels feeds are announced in is the user's to say. */
const CATALOG = { sub: 'catalog', publish: ['**'], subscribe: [] };
const PRIVATE = { type: 'pkcs8', format: 'pem' } as const;
const PUBLIC = { type: 'spki', format: 'pem' } as const;

/**
 * The key that signs tokens, the one that will follow it, the public keys that parts know (of the one
 * before, too), and the tokens of broadcast and the catalog. Since the next key is known before it signs, parts take up
 * a new one in any order, and tokens of the one before hold on.
 */
export function makeTokenFiles(read: (name: string) => string | undefined): Record<string, string> {
  const before = read('token.key');
  const current = read('token_next.key') ?? newKey();
  const next = newKey();
  const known = [current, next, ...(before === undefined ? [] : [before])];
  const { sign } = openSigningKey(current);
  return {
    'token_next.key': next,
    'token.key': current,
    chat_token: sign(BROADCAST, LIFE_SECONDS),
    catalog_token: sign(CATALOG, LIFE_SECONDS),
    token_keys: known.map(publicOf).join(''),
  };
}

function newKey(): string {
  return String(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(PRIVATE));
}

function publicOf(privateKey: string): string {
  return String(createPublicKey(privateKey).export(PUBLIC));
}
