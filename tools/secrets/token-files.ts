import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';

/**
 * As long as the authority's validity: services that use these tokens must not stop working on some
 * day.
 */
const LIFE_SECONDS = 3_650 * 86_400;
const BROADCAST = { sub: 'broadcast', publish: [CANARY_CHANNEL], subscribe: ['**'] };
/** The user chooses the channels in which feeds are announced, so the token allows all. */
const CATALOG = { sub: 'catalog', publish: ['**'], subscribe: [] };
/** An administrator chooses the channels that hooks read, and in which they post. Each has a limit of its own. */
const HOOKS = { sub: 'hooks', publish: ['**'], subscribe: ['**'], unlimited: true };
const PRIVATE = { type: 'pkcs8', format: 'pem' } as const;
const PUBLIC = { type: 'spki', format: 'pem' } as const;

/**
 * Makes the signing key, the next signing key, the public keys that services know (with the
 * previous key), and the tokens of broadcast, the catalog and the hooks. Services know the next key before it
 * signs. So they can restart with new keys in any order, and tokens of the previous key stay valid.
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
    hooks_token: sign(HOOKS, LIFE_SECONDS),
    token_keys: known.map(publicOf).join(''),
  };
}

function newKey(): string {
  return String(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(PRIVATE));
}

function publicOf(privateKey: string): string {
  return String(createPublicKey(privateKey).export(PUBLIC));
}
