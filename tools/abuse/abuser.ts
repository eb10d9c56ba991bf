import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  connectPacket,
  type MqttSocket,
  openMqttSocket,
  packet,
  text,
} from '@parley/testkit/clients/mqtt-socket.ts';
import { Random } from '@parley/testkit/random.ts';

/** Parley's addresses, and the options of an abuser. */
export interface Target {
  url: string;
  mqtt: string;
  /** An account's token, for abuse that needs an account. */
  token: string;
  seed: number;
  seconds: number;
}

type Abuse = (target: Target, random: Random) => Promise<void>;

const CONNECTIONS = 20;

async function connectGuest({ mqtt }: Target, id: string): Promise<MqttSocket> {
  const socket = await openMqttSocket(mqtt);
  socket.send(connectPacket({ id }));
  return socket;
}

/** Sends packets as fast as the broker reads them, and connects again after a close. */
async function flood(target: Target, id: string, next: () => Buffer): Promise<void> {
  const end = Date.now() + target.seconds * 1_000;
  for (let i = 0; Date.now() < end; i++) {
    using own = await connectGuest(target, `${id}-${i}`);
    const { socket } = own;
    const leave = setTimeout(() => socket.destroy(), end - Date.now());
    while (!socket.destroyed && Date.now() < end) {
      if (socket.write(next())) await delay(1);
      else
        await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined);
    }
    clearTimeout(leave);
    await delay(50);
  }
}

const each = (count: number, work: (i: number) => Promise<void>) =>
  Promise.all(Array.from({ length: count }, (_, i) => work(i).catch(() => undefined)));

function unsubscribe(filters: number): Buffer {
  return packet(0xa2, [0, 1], ...Array.from({ length: filters }, () => text('abc')));
}

/** Few packets that cost much, and many packets that cost little (A.2). */
const packets: Abuse = async (target, random) => {
  const pings = Buffer.concat(Array<Buffer>(4_000).fill(packet(0xc0)));
  const kinds = random.shuffled([unsubscribe(13_000), unsubscribe(900), pings]);
  await each(6, (i) => flood(target, `flood-${i}`, () => kinds[i % kinds.length] ?? pings));
};

/**
 * Every 150 ms a new guest that subscribes and never reads, with large posts to the channel (A.3).
 */
const unread: Abuse = async (target, random) => {
  const end = Date.now() + target.seconds * 1_000;
  const body = JSON.stringify({ username: 'loud', message: '\u{1f4a5}'.repeat(1_900) });
  const posting = each(2, async () => {
    while (Date.now() < end) {
      const headers = { 'Content-Type': 'application/json' };
      const answer = await fetch(`${target.url}/chat/loud`, { method: 'POST', headers, body });
      await answer.arrayBuffer();
      await delay(random.between(20, 40));
    }
  });
  using guests = new DisposableStack();
  for (let i = 0; Date.now() < end; i++) {
    const own = guests.use(await connectGuest(target, `unread-${i}`));
    own.send(packet(0x82, [0, 1], text('chat/events/loud'), [0]));
    own.socket.pause();
    await delay(150);
  }
  await posting;
};

/** Guests that post by MQTT as fast as they can (A.4). */
const inbox: Abuse = (target, random) => {
  const payload = () =>
    Buffer.from(JSON.stringify({ username: 'loud', message: `${random.next()}` }));
  return each(CONNECTIONS, (i) =>
    flood(target, `inbox-${i}`, () => packet(0x30, text('chat/inbox/loud'), payload())),
  ).then(() => undefined);
};

/** Messages of QoS 2 that are never followed by a PUBREL (A.5). */
const halfSent: Abuse = (target) => {
  const payload = Buffer.from(JSON.stringify({ message: 'x'.repeat(60_000) }));
  return each(3 * CONNECTIONS, (i) => {
    let id = 0;
    return flood(target, `half-${i}`, () => {
      id = (id % 90) + 1;
      return packet(0x34, text('chat/inbox/half'), [0, id], payload);
    });
  }).then(() => undefined);
};

/** One account edits one message 4,000 times (A.1). */
const edits: Abuse = async ({ url, token, seconds }) => {
  const end = Date.now() + seconds * 1_000;
  const reader = new AbortController();
  void fetch(`${url}/broadcast/edited`, { signal: reader.signal })
    .then((answer) => answer.arrayBuffer())
    .catch(() => undefined);
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
  const send = async (method: string, path: string, message: string) => {
    const answer = await fetch(url + path, { method, headers, body: JSON.stringify({ message }) });
    return (await answer.json()) as { seq?: number };
  };
  const { seq } = await send('POST', '/chat/edited', 'first');
  let left = 4_000;
  await each(8, async () => {
    while (left-- > 0 && Date.now() < end) {
      await send('PATCH', `/chat/edited/events/${seq}`, `text ${left}`);
    }
  });
  reader.abort();
};

const ABUSES: Record<string, Abuse> = { packets, unread, inbox, 'half-sent': halfSent, edits };

const [name = '', given = '{}'] = process.argv.slice(2);
const target = JSON.parse(given) as Target;
await ABUSES[name]?.(target, new Random(target.seed));
process.exit(0);
