import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Claims } from '@parley/contract/accounts/claims.ts';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { type Answer, ask } from '@parley/testkit/clients/ask.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { newcomer } from '../accounts/account-deployments.ts';

/** A client of the deployment: an account, a service or a guest. */
export interface Client {
  name: string;
  token: string | undefined;
  headers: Record<string, string>;
  /** Sends a request, with JSON if there is a body. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>;
}

/** A deployment with private channels. */
export interface PrivateDeployment extends AsyncDisposable {
  parley: Running;
  url: string;
  /** The address of its store, for changes that nothing announces. */
  storeUrl: string;
  mqttUrl: string;
  /** The password of Parley's services on MQTT. */
  partPassword: string;
  guest: Client;
  /** Makes an account. */
  account(): Promise<Client>;
  /** Makes a client with a token of its own. */
  service(claims: Partial<Claims>): Client;
}

/** Starts Parley in one process, with accounts. */
export async function startPrivate(env: Record<string, string> = {}): Promise<PrivateDeployment> {
  await using building = new AsyncDisposableStack();
  const { path } = building.use(await temporaryFolder());
  const mqttPort = await freePort();
  const partPassword = 'of the services';
  const parley = building.use(
    await start('services/standalone', {
      DATA_DIR: path,
      MQTT_PORT: String(mqttPort),
      MQTT_PASSWORD: partPassword,
      CANARY_SECONDS: '0',
      POSTS_PER_ADDRESS: '0',
      POSTS_PER_ACCOUNT: '0',
      SIGNALS_PER_CLIENT: '0',
      STREAMS_PER_ADDRESS: '0',
      STREAMS_PER_ACCOUNT: '0',
      MQTT_CLIENT_RATE: '0',
      ...env,
    }),
  );
  const { url } = parley;
  const key = openSigningKey(readFileSync(`${path}/token.key`, 'utf8'));
  const clientOf = (name: string, token: string | undefined): Client => {
    const headers = bearerHeader(token);
    return {
      name,
      token,
      headers,
      ask: (method, to, body) => ask(method, url + to, headers, body),
    };
  };
  const stack = building.move();
  return {
    parley,
    url,
    storeUrl: `sqlite:${path}/parley.db`,
    mqttUrl: `mqtt://127.0.0.1:${mqttPort}`,
    partPassword,
    guest: clientOf('guest', undefined),
    async account() {
      const { name, token } = await newcomer(url);
      return clientOf(name, token);
    },
    service: (claims) =>
      clientOf(
        claims.sub ?? 'service',
        key.sign({ sub: 'service', publish: ['**'], subscribe: ['**'], ...claims }, 600),
      ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Makes a private channel with some members. */
export async function makePrivate(
  channel: string,
  maker: Client,
  ...members: Client[]
): Promise<void> {
  assert.equal((await maker.ask('PUT', `/chat/${channel}/access`, { private: true })).status, 200);
  for (const { name } of members) {
    assert.equal((await maker.ask('PUT', `/chat/${channel}/members/${name}`)).status, 204);
  }
}

/** Posts a message and expects it stored. */
export async function say(channel: string, client: Client, message: string): Promise<number> {
  const { status, body } = await client.ask('POST', `/chat/${channel}`, { message });
  assert.equal(status, 201, JSON.stringify(body));
  return Number(body?.seq);
}
