import { startPostgres } from '../../tests/databases.ts';
import { freePort } from '../../tests/free-port.ts';
import type { PostTarget } from '../load/poster-calls.ts';
import type { Place } from './parley.ts';
import { parleyPost, parleyStream } from './parley-requests.ts';
import { type ParleyProgram, startProgram } from './program.ts';
import type { LoadTarget } from './system-under-test.ts';

/** Parley's parts as processes of their own on one PostgreSQL, which syncs every commit. */
export interface Replicas extends LoadTarget, AsyncDisposable {
  /** Where all of it keeps its data. */
  dataDir: string;
}

/** Starts PostgreSQL, the broker, three chats and a broadcast; resolves when all are ready. */
export async function startReplicas({ sandbox, house }: Place): Promise<Replicas> {
  const folder = sandbox.makeDir('replicas');
  await using building = new AsyncDisposableStack();
  const database = building.use(await startPostgres({ parent: sandbox.dir }));
  const [mqttPort, brokerPort, broadcastPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const ports: PostTarget['ports'] = [await freePort(), await freePort(), await freePort()];
  const add = async (part: Omit<ParleyProgram, 'folder'>) => {
    const child = await startProgram(sandbox, { ...part, folder });
    building.defer(() => sandbox.stop(child, 'kill'));
  };

  const MQTT_URL = `mqtt://127.0.0.1:${mqttPort}`;
  const STORE_URL = await database.create('bench');
  const brokerEnv = { MQTT_PORT: String(mqttPort) };
  await add({ program: 'broker', name: 'broker', port: brokerPort, env: brokerEnv });
  for (const [i, port] of ports.entries()) {
    const env = { ...house.env, MQTT_URL, STORE_URL };
    await add({ program: 'services/chat', name: `chat-${i + 1}`, port, env });
  }
  const env = { ...house.env, MQTT_URL, CHAT_URL: `http://127.0.0.1:${ports[0]}` };
  await add({ program: 'services/broadcast', name: 'broadcast', port: broadcastPort, env });
  const stack = building.move();
  return {
    name: 'parley',
    port: broadcastPort,
    dataDir: folder,
    postTarget: (channel) => parleyPost(channel, ports, house.headers),
    streamRequest: (channel) => parleyStream(channel, house.headers),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
