import { createPublicKey, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen } from '@parley/kit/http/server/listen.ts';

/** The issuer of the provider's tokens. */
export const PROVIDER = 'https://login.example/realms/team';
/** The audience of its tokens. */
export const PROVIDER_AUDIENCE = 'chat-of-the-team';

/** The token part of an OpenID provider: it publishes its keys and signs with them. */
export interface IdentityProvider extends AsyncDisposable {
  jwksUrl: string;
  /** Adds a key with this id and publishes it. */
  addKey(kid: string, type: 'rsa' | 'ec'): KeyObject;
  /** Publishes any object in the key set, for example an invalid key. */
  show(jwk: object): void;
  /** A token that the provider signs, with the caller's claims and header fields. */
  sign(kid: string, claims?: object, header?: object): string;
}

/** Starts a server that publishes a JSON Web Key Set (RFC 7517). */
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

/** The time `minutes` from now, in seconds since 1970 as in tokens. */
export function inMinutes(minutes: number): number {
  return Math.floor(Date.now() / 1000) + minutes * 60;
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
const newRsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const newEc = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
