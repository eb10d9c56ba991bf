import { createPublicKey, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen } from '@parley/kit/listen.ts';

/** Who the provider says it is. */
export const PROVIDER = 'https://login.example/realms/team';
/** For whom its tokens are. */
export const PROVIDER_AUDIENCE = 'chat-of-the-team';

/** An OpenID provider as far as tokens go: it shows its keys and signs with them. */
export interface IdentityProvider extends AsyncDisposable {
  jwksUrl: string;
  /** Adds a key under a name, which it shows from now on. */
  addKey(kid: string, type: 'rsa' | 'ec'): KeyObject;
  /** Shows something else under a name, such as what is no key. */
  show(jwk: object): void;
  /** A token as it would sign it, with claims and header fields of one's own. */
  sign(kid: string, claims?: object, header?: object): string;
}

/** Starts a server that shows keys as a JSON Web Key Set (RFC 7517). */
export async function startIdentityProvider(): Promise<IdentityProvider> {
  const shown: object[] = [];
  const keys = new Map<string, KeyObject>();
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: shown }));
  });
  await listen(server, { host: '127.0.0.1', port: 0, setting: 'PORT' });
  return {
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/certs`,
    addKey(kid, type) {
      const { privateKey } = type === 'rsa' ? newRsa() : newEc();
      keys.set(kid, privateKey);
      shown.push({ ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, use: 'sig' });
      return privateKey;
    },
    show: (jwk) => void shown.push(jwk),
    sign(kid, claims = {}, header = {}) {
      const key = keys.get(kid) as KeyObject;
      const alg = key.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256';
      const payload = { iss: PROVIDER, aud: PROVIDER_AUDIENCE, sub: '7', exp: inMinutes(10) };
      const text = [
        { alg, kid, ...header },
        { ...payload, ...claims },
      ]
        .map(encode)
        .join('.');
      const signature = createSign('sha256').update(text).sign({ key, dsaEncoding: 'ieee-p1363' });
      return `${text}.${signature.toString('base64url')}`;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A time so many minutes from now, as tokens name it. */
export function inMinutes(minutes: number): number {
  return Math.floor(Date.now() / 1000) + minutes * 60;
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
const newRsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const newEc = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
