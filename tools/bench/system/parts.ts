import { freePort } from '@parley/testkit/processes/free-port.ts';
import type { PostTarget } from '../load/posting/poster-calls.ts';
import { type BrokerKind, startMosquitto } from './broker.ts';
import { type DeploymentPlan, parleyPost, parleyStream } from './parley.ts';
import { type ParleyProgram, startProgram } from './program.ts';
import type { LoadTarget } from './system-under-test.ts';

/** One of Parley's services as a separate process that listens for HTTP. */
export interface Part {
  pid: number;
  port: number;
}

/** Parley's services as separate processes. Disposing ends them. */
export interface Parts extends AsyncDisposable {
  /** The folder with their logs. */
  folder: string;
  broker: Pick<Part, 'pid'> & { url: string };
  chats: [Part, ...Part[]];
  broadcasts: [Part, ...Part[]];
  /** A target that posts to all chats in turn and reads streams of one broadcast. */
  readAt(broadcast: Part): LoadTarget;
}

interface PartsPlan {
  storeUrl: string;
  chats?: number;
  broadcasts?: number;
}

/** Starts the broker, chats and broadcasts; resolves when all are ready. */
export async function startParts(
  { sandbox, credentials, broker: kind = 'parley' }: DeploymentPlan & { broker?: BrokerKind },
  { storeUrl, chats = 1, broadcasts = 1 }: PartsPlan,
): Promise<Parts> {
  const folder = sandbox.makeDir('parts');
  await using building = new AsyncDisposableStack();
  const add = async (
    program: ParleyProgram['program'],
    name: string,
    env: ParleyProgram['env'],
  ): Promise<Part> => {
    const port = await freePort();
    const child = await startProgram(sandbox, { program, name, folder, port, env });
    building.defer(() => sandbox.stop(child, 'kill'));
    return { pid: child.pid ?? 0, port };
  };
  const addAll = async (
    count: number,
    program: ParleyProgram['program'],
    env: ParleyProgram['env'],
  ): Promise<[Part, ...Part[]]> => {
    const name = program.slice(program.lastIndexOf('/') + 1);
    const first = await add(program, `${name}-1`, env);
    const others: Part[] = [];
    for (let i = 2; i <= count; i++) others.push(await add(program, `${name}-${i}`, env));
    return [first, ...others];
  };

  const mqttPort = await freePort();
  const addBroker = async (): Promise<{ pid: number }> => {
    if (kind === 'parley') return add('broker', 'broker', { MQTT_PORT: String(mqttPort) });
    const child = await startMosquitto(sandbox, { folder, mqttPort });
    building.defer(() => sandbox.stop(child, 'kill'));
    return { pid: child.pid ?? 0 };
  };
  const MQTT_URL = `mqtt://127.0.0.1:${mqttPort}`;
  const broker = await addBroker();
  const chatEnv = { ...credentials.env, MQTT_URL, STORE_URL: storeUrl };
  const ofChat = await addAll(chats, 'services/chat', chatEnv);
  const broadcastEnv = {
    ...credentials.env,
    MQTT_URL,
    CHAT_URL: `http://127.0.0.1:${ofChat[0].port}`,
  };
  const ofBroadcast = await addAll(broadcasts, 'services/broadcast', broadcastEnv);
  const [{ port: firstPort }, ...otherChats] = ofChat;
  const chatPorts: PostTarget['ports'] = [firstPort, ...otherChats.map(({ port }) => port)];
  const stack = building.move();
  return {
    folder,
    broker: { ...broker, url: MQTT_URL },
    chats: ofChat,
    broadcasts: ofBroadcast,
    readAt: ({ port }) => ({
      name: 'parley',
      port,
      postTarget: (channel) => parleyPost(channel, chatPorts, credentials.headers),
      streamRequest: (channel) => parleyStream(channel, credentials.headers),
    }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
