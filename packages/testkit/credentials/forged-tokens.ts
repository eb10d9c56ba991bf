import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSign,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { toPublicJwk } from '@parley/kit/tokens/signing-key.ts';

const CLAIMS = {
  sub: 'mallory',
  name: 'mallory',
  publish: ['**'],
  subscribe: ['**'],
  role: 'admin',
};

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signs with ES256 (RFC 7518 section 3.4). */
function sign(header: object, payload: unknown, key: KeyObject): string {
  const text = `${encode(header)}.${encode(payload)}`;
  const signature = createSign('sha256').update(text).sign({ key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

function hmac(header: object, payload: unknown, secret: string | Buffer): string {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/**
 * Tokens that must be refused, by their fault: forged ones, and genuine ones for another audience
 * or time. They are made with the private key (PEM) of the valid tokens.
 */
export function forgeTokens(privatePem: string): Record<string, string> {
  const key = createPrivateKey(privatePem);
  const publicKey = createPublicKey(key);
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const jwk = toPublicJwk(publicKey);
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const strangerJwk = toPublicJwk(stranger.publicKey);
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const otherCurve = generateKeyPairSync('ec', { namedCurve: 'P-384' });

  const now = Math.floor(Date.now() / 1000);
  const header = { alg: 'ES256', typ: 'JWT', kid: jwk.kid };
  const payload = { ...CLAIMS, iss: 'parley', aud: 'parley', iat: now, exp: now + 600 };
  const genuine = sign(header, payload, key);
  const [h = '', p = '', s = ''] = genuine.split('.');
  const without = (name: keyof typeof payload) => {
    const { [name]: _, ...rest } = payload;
    return rest;
  };
  const flipped = Buffer.from(s, 'base64url');
  flipped[10] = (flipped[10] ?? 0) ^ 1;
  const rs256 = (name: object) => {
    const text = `${encode(name)}.${encode(payload)}`;
    return `${text}.${createSign('sha256').update(text).sign(rsa.privateKey).toString('base64url')}`;
  };
  const zeros = Buffer.alloc(64).toString('base64url');

  return {
    'alg none': `${encode({ ...header, alg: 'none' })}.${p}.`,
    'alg None': `${encode({ ...header, alg: 'None' })}.${p}.`,
    'alg NONE with the signature': `${encode({ ...header, alg: 'NONE' })}.${p}.${s}`,
    'alg none without a key name': `${encode({ alg: 'none', typ: 'JWT' })}.${p}.`,
    'no alg': `${encode({ typ: 'JWT', kid: jwk.kid })}.${p}.${s}`,
    'alg an array': sign({ ...header, alg: ['ES256'] }, payload, key),
    'HS256 with the public key in PEM': hmac({ ...header, alg: 'HS256' }, payload, publicPem),
    'HS256 with the public key in PEM, trimmed': hmac(
      { ...header, alg: 'HS256' },
      payload,
      publicPem.trim(),
    ),
    'HS256 with the public key in DER': hmac(
      { ...header, alg: 'HS256' },
      payload,
      publicKey.export({ type: 'spki', format: 'der' }),
    ),
    'HS256 with the public key as JWK': hmac(
      { ...header, alg: 'HS256' },
      payload,
      JSON.stringify(jwk),
    ),
    'HS256 with an empty secret': hmac({ ...header, alg: 'HS256' }, payload, ''),
    'HS256 with the key name': hmac({ ...header, alg: 'HS256' }, payload, jwk.kid),
    'RS256 of a stranger under our key name': rs256({ ...header, alg: 'RS256' }),
    'RS256 called ES256': rs256(header),
    'ES384 of a stranger under our key name': sign(
      { ...header, alg: 'ES384' },
      payload,
      otherCurve.privateKey,
    ),
    'another curve called ES256': sign(header, payload, otherCurve.privateKey),
    'the key of a stranger under our key name': sign(header, payload, stranger.privateKey),
    'the key of a stranger under its own name': sign(
      { ...header, kid: strangerJwk.kid },
      payload,
      stranger.privateKey,
    ),
    'an embedded jwk': sign({ ...header, jwk: strangerJwk }, payload, stranger.privateKey),
    'an embedded jwk without a key name': sign(
      { alg: 'ES256', jwk: strangerJwk },
      payload,
      stranger.privateKey,
    ),
    'an embedded jwk of its own name': sign(
      { ...header, kid: strangerJwk.kid, jwk: strangerJwk },
      payload,
      stranger.privateKey,
    ),
    'a jku': sign({ ...header, jku: 'http://127.0.0.1:9/jwks.json' }, payload, stranger.privateKey),
    'an x5u': sign({ ...header, x5u: 'http://127.0.0.1:9/cert.pem' }, payload, stranger.privateKey),
    'an x5c': sign({ ...header, x5c: [encode('certificate')] }, payload, stranger.privateKey),
    'a key name that is a path': sign(
      { ...header, kid: '../../../../dev/null' },
      payload,
      stranger.privateKey,
    ),
    'a key name that is SQL': sign({ ...header, kid: "' OR '1'='1" }, payload, stranger.privateKey),
    'a key name of the prototype': sign(
      { ...header, kid: '__proto__' },
      payload,
      stranger.privateKey,
    ),
    'a key name that is a number': sign({ ...header, kid: 7 }, payload, key),
    'no key name': sign({ alg: 'ES256', typ: 'JWT' }, payload, key),
    'an unknown critical header': sign({ ...header, crit: ['b64'], b64: false }, payload, key),
    'no signature': `${h}.${p}.`,
    'no third part': `${h}.${p}`,
    'a fourth part': `${genuine}.${s}`,
    'a signature of zeros': `${h}.${p}.${zeros}`,
    'half a signature': `${h}.${p}.${s.slice(0, 43)}`,
    'a flipped bit': `${h}.${p}.${flipped.toString('base64url')}`,
    'a replaced payload': `${h}.${encode({ ...payload, sub: 'root' })}.${s}`,
    'a replaced header': `${encode({ ...header, typ: 'at+jwt' })}.${p}.${s}`,
    'a signature in DER': `${h}.${p}.${createSign('sha256').update(`${h}.${p}`).sign(key).toString('base64url')}`,
    expired: sign(header, { ...payload, iat: now - 900, exp: now - 60 }, key),
    'expired, as text': sign(header, { ...payload, exp: String(now + 600) }, key),
    'without an expiry': sign(header, without('exp'), key),
    'not yet valid': sign(header, { ...payload, nbf: now + 600 }, key),
    'for another audience': sign(header, { ...payload, aud: 'another' }, key),
    'without an audience': sign(header, without('aud'), key),
    'of another issuer': sign(header, { ...payload, iss: 'another' }, key),
    'without an issuer': sign(header, without('iss'), key),
    'without a subject': sign(header, without('sub'), key),
    'an unknown role': sign(header, { ...payload, role: 'root' }, key),
    'an invalid pattern': sign(header, { ...payload, publish: ['(.*)+'] }, key),
    'patterns that are not a list': sign(header, { ...payload, subscribe: '**' }, key),
    'a payload that is text': sign(header, 'admin', key),
    'a payload that is a list': sign(header, [payload], key),
    'a payload that is null': sign(header, null, key),
    'not a token': 'mallory',
    'dots alone': '..',
    'far too long': sign(header, { ...payload, pad: 'x'.repeat(20_000) }, key),
  };
}
