import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ChatEvent, isMessage } from '@parley/contract/events/event.ts';
import { open } from '@parley/testkit/databases/log-stores.ts';
import { storeKinds } from '@parley/testkit/databases/store-kinds.ts';
import { PROGRAM_ENV } from '@parley/testkit/program-env.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { makeZip } from '@parley/testkit/zip.ts';
import type { OpenedStore } from '../../store/opened-store.ts';

const MAIN = fileURLToPath(new URL('../transcript/main.ts', import.meta.url));
const MESSAGES = 4_000;
const CHANNELS = ['general', 'random'];
const FIRST = 1_709_632_800;

const REACTIONS = [{ name: 'tada', users: ['U1', 'U2'], count: 2 }];

const textOf = (channel: string, i: number) => `${channel} ${i}`;

async function writeExport(folder: string): Promise<string> {
  const messages = (channel: string) =>
    Array.from({ length: MESSAGES }, (_, i) => {
      const ts = (n: number) => `${FIRST + n}.000100`;
      // Each tenth message is the first of a thread, and the message five later is a reply to it.
      const more = i % 10 === 5 ? { thread_ts: ts(i - 5), reactions: REACTIONS } : {};
      return { type: 'message', user: 'U1', ts: ts(i), text: textOf(channel, i), ...more };
    });
  const lists = {
    'users.json': [{ id: 'U1', name: 'ada' }],
    'channels.json': CHANNELS.map((name, i) => ({ id: `C${i}`, name })),
  };
  const days = CHANNELS.map((name) => [`${name}/2024-03-05.json`, messages(name)] as const);
  const files = [...Object.entries(lists), ...days].map(([path, value]) => {
    return { path, content: JSON.stringify(value) };
  });
  const path = join(folder, 'export.zip');
  await writeFile(path, makeZip(files));
  return path;
}

function startImport(storeUrl: string, file: string): ChildProcess {
  return spawn(process.execPath, [MAIN, 'import', 'slack', file], {
    env: { ...PROGRAM_ENV, STORE_URL: encodeURI(storeUrl) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function stored(store: OpenedStore): Promise<number> {
  const channels = await store.channels({ after: '', limit: 10 });
  return channels.reduce((sum, { head }) => sum + head, 0);
}

/** The whole log of a channel, without the epoch, which differs between two databases. */
async function logOf(store: OpenedStore, channel: string): Promise<ChatEvent[]> {
  const found: ChatEvent[] = [];
  for (let after = 0, more = true; more; ) {
    const query = { channel, after, before: Number.MAX_SAFE_INTEGER, limit: 1000, newest: false };
    const { events } = await store.page(query);
    found.push(...events.map((event) => ({ ...event, epoch: '', id: '' })));
    after = events.at(-1)?.seq ?? after;
    more = events.length > 0;
  }
  return found;
}

for (const { name, makeUrl, options } of storeKinds()) {
  test(
    `${name}: an import that is killed several times ends as one that is not`,
    options,
    async (t) => {
      await using folder = await temporaryFolder();
      const file = await writeExport(folder.path);
      const url = await makeUrl(t);
      await using store = await open(url);
      for (let kills = 0, before = 0; kills < 3; kills++) {
        const child = startImport(url, file);
        await until('the import stored more', async () => (await stored(store)) > before);
        child.kill('SIGKILL');
        await once(child, 'exit');
        before = await stored(store);
        assert.ok(before < CHANNELS.length * MESSAGES, `killed too late, at ${before}`);
      }
      const whole = await makeUrl(t);
      await using other = await open(whole);
      const outputs = await Promise.all([finished(url, file), finished(whole, file)]);
      assert.match(
        outputs[0],
        /^\d+ messages stored, [1-9]\d* were stored by an earlier run\n\d+ reactions/,
      );
      const all = CHANNELS.length * MESSAGES;
      const lines = [`${all} messages stored, 0 were .*`, `${all / 5} reactions stored, 0 were .*`];
      assert.match(outputs[1], new RegExp(`^${lines.join('\n')}\n`));
      for (const channel of CHANNELS) {
        const log = await logOf(store, channel);
        // One by one: the difference of two long lists takes minutes to write.
        const others = await logOf(other, channel);
        for (const [i, event] of log.entries()) assert.deepEqual(event, others[i]);
        assert.equal(log.length, others.length);
        const messages = log.filter(isMessage);
        for (const [i, { message }] of messages.entries()) {
          assert.equal(message, textOf(channel, i));
        }
        assert.equal(messages.length, MESSAGES);
        const replies = messages.filter(
          ({ replyTo, reactions }) => replyTo && reactions?.['🎉'] === 2,
        );
        assert.equal(replies.length, MESSAGES / 10);
      }
    },
  );
}

async function finished(storeUrl: string, file: string): Promise<string> {
  const child = startImport(storeUrl, file);
  return (await Array.fromAsync(child.stdout ?? [])).join('');
}
