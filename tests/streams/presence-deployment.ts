import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { Presence, PresenceChange } from '@parley/contract/channels/presence.ts';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { busOf } from '@parley/testkit/mqtt-brokers/mqtt-broker.ts';
import { startParleyBroker } from '@parley/testkit/mqtt-brokers/parley.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

/** A broker, a chat and two broadcasts, with names from tokens. */
export async function startDeployment(auth: 'open' | 'required') {
  await using building = new AsyncDisposableStack();
  const folder = building.use(await temporaryFolder());
  const broker = building.use(await startParleyBroker());
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(`${folder.path}/token.key`, pem, { mode: 0o600 });
  const key = openSigningKey(pem);
  const headersOf = (claims: object): Record<string, string> => {
    const all = { sub: 'x', publish: [], subscribe: ['**'], ...claims };
    return { Authorization: `Bearer ${key.sign(all, 600)}` };
  };
  const env = { ...busOf(broker), AUTH: auth, CANARY_SECONDS: '0', DRAIN_SECONDS: '1' };
  const chat = building.use(
    await start('services/chat', {
      ...env,
      STORE_URL: `sqlite:${folder.path}/parley.db`,
      TOKEN_KEY_FILE: `${folder.path}/token.key`,
    }),
  );
  const CHAT_TOKEN = headersOf({}).Authorization?.replace('Bearer ', '') ?? '';
  const begin = () => start('services/broadcast', { ...env, CHAT_URL: chat.url, CHAT_TOKEN });
  const [left, right] = await Promise.all([begin(), begin()]);
  building.use(left);
  building.use(right);
  for (const { url } of [left, right]) {
    await until('the replica is ready', async () => (await fetch(`${url}/readyz`)).status === 200);
  }
  const stack = building.move();
  return {
    broker,
    chat,
    left,
    right,
    headersOf,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

export type Deployment = Awaited<ReturnType<typeof startDeployment>>;

/** Opens an EventSource with a token of this name. */
export function readAs(
  { headersOf }: Deployment,
  name: string,
  url: string,
  channel: string,
): EventReader {
  return new EventReader(url, channel, '', headersOf({ name }));
}

/** Opens a WebSocket with a token of this name. */
export function connectAs({ headersOf }: Deployment, name: string, url: string, channel: string) {
  return new SocketReader(url, channel, '', headersOf({ name }));
}

/** What a page shows after these changes: names, or undefined if there are only numbers. */
export function shown(changes: PresenceChange[]): Pick<Presence, 'here' | 'named' | 'guests'> {
  let here: Set<string> | undefined;
  for (const change of changes) {
    if (change.here) here = new Set(change.here);
    else if (!change.joined || !change.left) here = undefined;
    for (const name of change.joined ?? []) here?.add(name);
    for (const name of change.left ?? []) here?.delete(name);
  }
  const { named = 0, guests = 0 } = changes.at(-1) ?? {};
  return { ...(here && { here: [...here].sort() }), named, guests };
}

/** Every name that was announced as left. */
export function leavers(changes: PresenceChange[]): string[] {
  return changes.flatMap(({ left = [] }) => left);
}
