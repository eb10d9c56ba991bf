import { readFileSync } from 'node:fs';
import type { Claims } from '@parley/contract/accounts/claims.ts';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { ask } from '@parley/testkit/clients/ask.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import {
  inMinutes,
  PROVIDER_AUDIENCE,
  startIdentityProvider,
} from '@parley/testkit/credentials/identity-provider.ts';
import { startOpenIdProvider } from '@parley/testkit/credentials/openid-provider.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { openIdSettings, signIn } from '../openid-deployment.ts';

/**
 * Channels for a user of `team.red`: its own, a sibling, the parent, a deeper one and an unrelated
 * one.
 */
export const CHANNELS = ['team.red', 'team.blue', 'team', 'team.red.secret', 'lobby'];
const TEAM = ['team.red', 'team.blue'];

/**
 * The users, and the channels in which each may read and post. `person` is an account of the OpenID
 * provider, `provider` has a token of it.
 */
export const USERS = {
  guest: { reads: [], posts: [] },
  reader: { reads: TEAM, posts: [] },
  writer: { reads: [], posts: TEAM },
  member: { reads: TEAM, posts: ['team.red'] },
  admin: { reads: TEAM, posts: TEAM },
  account: { reads: TEAM, posts: ['team.red'] },
  person: { reads: TEAM, posts: ['team.red'] },
  ticket: { reads: TEAM, posts: ['team.red'] },
  provider: { reads: TEAM, posts: ['team.red'] },
} satisfies Record<string, { reads: string[]; posts: string[] }>;
export type UserName = keyof typeof USERS;

/** The password of `account`; `person` has none. */
export const ACCOUNT_PASSWORD = 'correct horse battery';

/** True for the users that have accounts, which post under their names only. */
export const hasAccount = (name: UserName) => name === 'account' || name === 'person';

/** What a request shows of its identity. */
export interface Shown {
  headers: Record<string, string>;
  /** For the query of a stream, such as `ticket=…`. */
  query: string;
}

/** A user who tries every way to read and to post. */
export interface User {
  name: UserName;
  reads: string[];
  posts: string[];
  /** New for each request, because a ticket is valid once. */
  show(): Promise<Shown>;
  /** The password on MQTT. */
  token: string | undefined;
  /** A token that expires later, with the right to read `team.red` alone. */
  laterToken: string;
}

/** A deployment that requires tokens, and its users. */
export interface Deployment extends AsyncDisposable {
  parley: Running;
  mqttUrl: string;
  /** The password of Parley's services, which may do everything on MQTT. */
  partPassword: string;
  /** Headers of a user who may do everything over HTTP, optionally with a name. */
  root(name?: string): Record<string, string>;
  user(name: UserName): User;
}

/** Starts the deployment and creates its users. */
export async function startDeployment(): Promise<Deployment> {
  await using building = new AsyncDisposableStack();
  const provider = building.use(await startIdentityProvider());
  provider.addKey('ec', 'ec');
  const port = await freePort();
  const openId = building.use(
    await startOpenIdProvider([`http://127.0.0.1:${port}/session/openid/callback`]),
  );
  const { issuer } = openId;
  const { path } = building.use(await temporaryFolder());
  const [mqttPort, partPassword] = [await freePort(), 'the password of the parts'];
  const parley = building.use(
    await start('services/standalone', {
      DATA_DIR: path,
      AUTH: 'required',
      CANARY_SECONDS: '0',
      SIGNALS_PER_CLIENT: '0',
      MQTT_PORT: String(mqttPort),
      MQTT_PASSWORD: partPassword,
      ACCOUNT_PUBLISH: 'team.red',
      ACCOUNT_SUBSCRIBE: 'team.*',
      PORT: String(port),
      // No server is there: the answers do not wait for one.
      SMTP_URL: `smtp://127.0.0.1:${await freePort()}`,
      SMTP_TLS: 'off',
      MAIL_FROM: 'parley@example.org',
      PUBLIC_URL: 'http://127.0.0.1',
      ...openIdSettings(issuer),
      OIDC_JWKS_URL: provider.jwksUrl,
      OIDC_AUDIENCE: PROVIDER_AUDIENCE,
    }),
  );
  const key = openSigningKey(readFileSync(`${path}/token.key`, 'utf8'));
  const sign = (claims: Partial<Claims>, lifeSeconds = 600) =>
    key.sign({ sub: 'x', publish: [], subscribe: [], ...claims }, lifeSeconds);
  const member = { publish: ['team.red'], subscribe: ['team.*'] };
  const browser = new BrowserSession(parley.url);
  const account = { username: 'account', email: 'a@example.org', password: ACCOUNT_PASSWORD };
  await browser.send('POST', '/users', account);
  const cookie = browser.cookie('parley-token') ?? '';
  openId.people.set('person-id', { preferred_username: 'person' });
  const person = await signIn({ parley, provider: openId }, 'person-id');
  // An account that is only muted and unmuted.
  const muted = { ...account, username: 'muted', email: 'm@example.org' };
  await new BrowserSession(parley.url).send('POST', '/users', muted);

  const tokens: Record<UserName, string | undefined> = {
    guest: undefined,
    reader: sign({ sub: 'reader', subscribe: ['team.*'] }),
    writer: sign({ sub: 'writer', publish: ['team.*'] }),
    member: sign({ sub: 'member', ...member }),
    admin: sign({ sub: 'admin', role: 'admin', publish: ['team.*'], subscribe: ['team.*'] }),
    account: cookie,
    person: person.browser.cookie('parley-token'),
    ticket: sign({ sub: 'ticket', ...member }),
    provider: provider.sign('ec', { iss: issuer, sub: 'provider', parley: member }),
  };
  const later = { publish: [], subscribe: ['team.red'] };
  const laterTokenOf = (name: UserName) =>
    name === 'provider'
      ? provider.sign('ec', { iss: issuer, sub: name, parley: later, exp: inMinutes(60) })
      : sign({ sub: subjectOf(tokens[name]), ...later }, 3_600);
  const stack = building.move();
  return {
    parley,
    mqttUrl: `mqtt://127.0.0.1:${mqttPort}`,
    partPassword,
    root: (name) =>
      bearerHeader(
        sign({ sub: name ?? 'root', publish: ['**'], subscribe: ['**'], ...(name && { name }) }),
      ),
    user(name) {
      const token = tokens[name];
      const show = async (): Promise<Shown> => {
        if (token === undefined) return { headers: {}, query: '' };
        if (hasAccount(name)) return { headers: { Cookie: `parley-token=${token}` }, query: '' };
        if (name !== 'ticket') return { headers: bearerHeader(token), query: '' };
        const { body } = await ask('POST', `${parley.url}/tickets`, bearerHeader(token));
        return { headers: {}, query: `ticket=${body?.ticket}` };
      };
      return { name, ...USERS[name], show, token, laterToken: laterTokenOf(name) };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function subjectOf(token = ''): string {
  const [, claims = ''] = token.split('.');
  return claims === '' ? '' : JSON.parse(String(Buffer.from(claims, 'base64url'))).sub;
}
