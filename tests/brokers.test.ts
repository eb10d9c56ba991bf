import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import mqtt from 'mqtt';
import { wholeLog } from './event-log.ts';
import { EventReader } from './event-reader.ts';
import { freePort } from './free-port.ts';
import { post, postUntilAcknowledged } from './post.ts';
import { MOSQUITTO, NATS, needs } from './real-parts.ts';
import { start } from './running.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

interface BrokerKind {
  command: string;
  config(port: number, folder: string): Promise<string>;
  args(configFile: string): string[];
}

const KINDS: Record<'mosquitto' | 'nats', BrokerKind> = {
  mosquitto: {
    command: MOSQUITTO,
    config: async (port) =>
      `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n`,
    args: (file) => ['-c', file],
  },
  nats: {
    command: NATS,
    config: async (port, folder) =>
      `server_name: one\nlisten: "127.0.0.1:${await freePort()}"\njetstream { store_dir: "${folder}" }\n` +
      `mqtt { listen: "127.0.0.1:${port}" }\n`,
    args: (file) => ['-c', file],
  },
};

/** A broker of that kind as a real process, which can be killed and started again. */
async function startBroker(kind: BrokerKind) {
  const folder = await temporaryFolder();
  await chmod(folder.path, 0o777);
  const port = await freePort();
  const url = `mqtt://127.0.0.1:${port}`;
  const file = `${folder.path}/broker.conf`;
  await writeFile(file, await kind.config(port, folder.path));
  let child: ChildProcess;

  async function begin(): Promise<void> {
    child = spawn(kind.command, kind.args(file), { stdio: 'ignore' });
    await until(`${kind.command} lets a client in`, async () => {
      try {
        const client = await mqtt.connectAsync(url, { reconnectPeriod: 0 });
        await client.endAsync();
        return true;
      } catch {
        return false;
      }
    });
  }

  async function kill(): Promise<void> {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  await begin();
  return {
    url,
    begin,
    kill,
    async [Symbol.asyncDispose]() {
      await kill();
      await folder[Symbol.asyncDispose]();
    },
  };
}

for (const name of ['mosquitto', 'nats'] as const) {
  test(
    `over ${name} two chats and two broadcasts give every reader one order, also when it is killed`,
    needs(name),
    async () => {
      await using broker = await startBroker(KINDS[name]);
      await using folder = await temporaryFolder();
      const bus = { MQTT_URL: broker.url };
      const store = { STORE_URL: `sqlite:${folder.path}/parley.db` };
      await using one = await start('services/chat', { ...bus, ...store, SERVER_NAME: 'chat-1' });
      await using two = await start('services/chat', { ...bus, ...store, SERVER_NAME: 'chat-2' });
      await using left = await start('services/broadcast', { ...bus, CHAT_URL: one.url });
      await using right = await start('services/broadcast', { ...bus, CHAT_URL: two.url });

      // A dot and letters of any script are names that a broker may treat in its own way.
      const channel = 'tëam.東京_1-x';
      const readers = [left, right, left, right].map(({ url }) => new EventReader(url, channel));
      await Promise.all(readers.map((reader) => reader.greeted()));
      const say = (count: number) =>
        Promise.all(
          Array.from({ length: count }, (_, i) => post((i % 2 ? one : two).url, channel, `m${i}`)),
        );
      await say(100);
      await Promise.all(readers.map((reader) => reader.received(100)));
      await broker.kill();
      await Promise.all([
        say(50),
        postUntilAcknowledged(one.url, encodeURIComponent(channel), 'keyed'),
      ]);
      await broker.begin();
      await say(49);
      const log = await wholeLog(one.url, encodeURIComponent(channel));
      assert.equal(log.length, 200);
      for (const reader of readers) {
        await reader.received(200);
        assert.deepEqual(reader.events, log);
        reader[Symbol.dispose]();
      }
    },
  );
}
