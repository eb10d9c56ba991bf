import { createPublicKey, type KeyObject, type webcrypto } from 'node:crypto';
import { z } from 'zod';
import { SettingsError } from '../settings.ts';
import { CURVE, toPublicJwk } from './signing-key.ts';

/** The public key of a name, among those whose tokens are taken. Rejects where they cannot be had. */
export type FindKey = (kid: string) => Promise<KeyObject | undefined>;

const PEM_BLOCK = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;
/** How often a name that is not known makes the keys be asked for again. */
const ASK_AGAIN_MS = 10_000;
/** How soon after a failure the keys are asked for again. */
const RETRY_MS = 1_000;
/** How long the keys are gone by without asking: one that was withdrawn is not known any more soon after. */
const FRESH_MS = 60_000;
const ANSWER_LIMIT_MS = 5_000;

const jwksSchema = z.object({ keys: z.array(z.looseObject({ kid: z.string().optional() })) });

/**
 * The keys of a PEM text, which may hold several.
 * @throws SettingsError that names the setting when it holds none, or one that is not on P-256
 */
export function readPublicKeys(setting: string, pem: string): KeyObject[] {
  const keys = (pem.match(PEM_BLOCK) ?? []).map((block) => readPublicKey(setting, block));
  if (keys.length === 0) throw new SettingsError(`${setting}: there is no public key in it`);
  return keys;
}

function readPublicKey(setting: string, block: string): KeyObject {
  try {
    const key = createPublicKey(block);
    if (key.asymmetricKeyDetails?.namedCurve === CURVE) return key;
  } catch {
    throw new SettingsError(`${setting}: a public key in it is broken`);
  }
  throw new SettingsError(`${setting}: a public key in it is not on the curve P-256`);
}

/** Keys that do not change. */
export function keysOf(keys: KeyObject[]): FindKey {
  const byName = new Map(keys.map((key) => [toPublicJwk(key).kid, key]));
  return async (kid) => byName.get(kid);
}

/**
 * Keys that a server shows as a JSON Web Key Set (RFC 7517), such as chat at
 * `/.well-known/jwks.json`; asked for when a name is not known, so that a new key is found.
 */
export function keysAtUrl(url: string): FindKey {
  let known = new Map<string, KeyObject>();
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;
  let failure: unknown;

  async function ask(): Promise<void> {
    askedAt = performance.now();
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      known = readJwks(await response.json());
      failure = undefined;
    } catch (error) {
      failure = error;
    }
  }

  function pauseMs(kid: string): number {
    if (failure !== undefined) return RETRY_MS;
    return known.has(kid) ? FRESH_MS : ASK_AGAIN_MS;
  }

  return async (kid) => {
    if (performance.now() - askedAt > pauseMs(kid)) {
      asking ??= ask().finally(() => {
        asking = undefined;
      });
    }
    await asking;
    // While nobody answers, what was known before goes on.
    if (!known.has(kid) && failure !== undefined) throw failure;
    return known.get(kid);
  };
}

function readJwks(document: unknown): Map<string, KeyObject> {
  const { keys } = jwksSchema.parse(document);
  return new Map(
    keys.flatMap((jwk) => {
      const key = jwk.kid === undefined || jwk.use === 'enc' ? undefined : readJwk(jwk);
      return key ? [[jwk.kid ?? '', key] as const] : [];
    }),
  );
}

/** A key that is secret, broken or of a kind that is not known here leaves the others as they are. */
function readJwk(jwk: object): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' });
  } catch {
    return undefined;
  }
}
