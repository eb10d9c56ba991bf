import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen } from '@parley/kit/http/server/listen.ts';
import Provider from 'oidc-provider';

/** The client that Parley is at the provider. */
export const CLIENT = { id: 'parley', secret: 'the secret of parley' };

/** What the provider says of a person, beside the subject. */
export type PersonClaims = Record<string, string | boolean>;

/** A certified OpenID provider. Any login signs in, and is the subject. */
export interface OpenIdProvider extends AsyncDisposable {
  issuer: string;
  /** The claims of each login; a login that is not here has no claims. */
  people: Map<string, PersonClaims>;
  /** Signs in at an address of the provider, without a browser. Resolves with the address to which it leads back. */
  signIn(address: string, login: string): Promise<string>;
  /** Cancels there. */
  cancel(address: string): Promise<string>;
}

/** Starts an OpenID provider that leads back to `redirectUris`. */
export async function startOpenIdProvider(redirectUris: string[]): Promise<OpenIdProvider> {
  const server = createServer();
  await listen(server, { host: '127.0.0.1', port: 0, setting: 'PORT' });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const people = new Map<string, PersonClaims>();
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: redirectUris,
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    cookies: { keys: ['a key of the test'] },
    pkce: { required: () => true },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: async () => ({ sub, ...people.get(sub) }),
    }),
    // Every person has consented.
    async loadExistingGrant({ oidc }) {
      const { client, session, params } = oidc;
      const grant = new oidc.provider.Grant({
        ...(client && { clientId: client.clientId }),
        ...(session?.accountId && { accountId: session.accountId }),
      });
      grant.addOIDCScope(String(params?.scope));
      await grant.save();
      return grant;
    },
  });
  server.on('request', provider.callback());
  return {
    issuer,
    people,
    signIn: async (address, login) => {
      const { place, jar } = await follow(address, issuer, new Map());
      const body = new URLSearchParams({ prompt: 'login', login, password: 'any' });
      const answer = await request(place, jar, { method: 'POST', body });
      return (await follow(answer.place, issuer, jar)).place;
    },
    cancel: async (address) => {
      const { place, jar } = await follow(address, issuer, new Map());
      return (await follow(`${place}/abort`, issuer, jar)).place;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Jar = Map<string, string>;

/** Follows redirects at the provider, until one leads away or there is a page. */
async function follow(address: string, issuer: string, jar: Jar) {
  let place = address;
  while (place.startsWith(issuer)) {
    const answer = await request(place, jar);
    if (answer.place === place) break;
    place = answer.place;
  }
  return { place, jar };
}

/** Sends a request with cookies; `place` is where the answer leads, or the same address. */
async function request(address: string, jar: Jar, init: RequestInit = {}) {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const response = await fetch(address, { ...init, redirect: 'manual', headers: { cookie } });
  for (const text of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
    if (value === '') jar.delete(name);
    else jar.set(name, value);
  }
  await response.body?.cancel();
  const location = response.headers.get('location');
  return { place: location === null ? address : new URL(location, address).href };
}
