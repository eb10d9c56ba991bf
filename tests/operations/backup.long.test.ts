import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, watch } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { open } from '@parley/testkit/databases/log-stores.ts';
import { storeKinds } from '@parley/testkit/databases/store-kinds.ts';
import { startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { createConnection } from 'mysql2/promise';
import { runCommand, startCommand } from './run-backup.ts';

const CHANNELS = ['one', 'two', 'three'];
const PASSWORD = 'correct horse battery staple';
const PER_SECOND = 100;

/** Posts all the time; the acknowledged texts of each channel are in the order of their numbers. */
function startLoad(url: string) {
  const acknowledged = new Map(CHANNELS.map((name) => [name, new Map<number, string>()]));
  const underWay = new Set<Promise<void>>();
  let posted = 0;
  const timer = setInterval(() => {
    const channel = CHANNELS[posted % CHANNELS.length] ?? '';
    const text = `text ${posted++}`;
    const sent = post(url, channel, text, 'load').then(({ seq }) => {
      acknowledged.get(channel)?.set(seq, text);
    });
    underWay.add(sent);
    sent.finally(() => underWay.delete(sent));
  }, 1000 / PER_SECOND);
  const size = () => [...acknowledged.values()].reduce((sum, { size }) => sum + size, 0);
  return {
    texts: (channel: string) => acknowledged.get(channel) ?? new Map<number, string>(),
    sizes: () => new Map([...acknowledged].map(([name, { size }]) => [name, size])),
    more: (count: number) => {
      const wanted = size() + count;
      return until(`${count} more posts`, () => size() >= wanted);
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}

async function signUp(url: string, name: string, invitation?: string) {
  const session = new BrowserSession(url);
  const fields = { username: name, email: `${name}@example.org`, password: PASSWORD, invitation };
  return { session, ...(await session.send('POST', '/users', fields)) };
}

async function signIn(url: string, name: string): Promise<BrowserSession> {
  const session = new BrowserSession(url);
  const answer = await session.send('POST', '/session', { login: name, password: PASSWORD });
  assert.equal(answer.status, 200);
  return session;
}

for (const { name, makeUrl, options } of storeKinds()) {
  test(
    `${name}: a backup under load is restored whole, and nothing ended comes back`,
    options,
    async (t) => {
      await using folder = await temporaryFolder();
      const store = { STORE_URL: encodeURI(await makeUrl(t)), DATA_DIR: folder.path };
      const env = { ...store, SIGN_UP: 'open' };
      const backups = join(folder.path, 'backups');
      let file = '';
      let last = '';
      let invitation = '';
      let cookies: string[] = [];
      let atBackup = new Map<string, number>();
      let load: ReturnType<typeof startLoad>;
      {
        await using parley = await startBare('services/standalone', env);
        const { url } = parley;
        const printed = () => /#invitation=([\w-]{43})/.exec(parley.output.join())?.[1];
        await until('the first link is printed', () => printed() !== undefined);
        const ada = (await signUp(url, 'ada', printed())).session;
        cookies = ada.lastCookies;
        await signUp(url, 'omri');
        const access = await ada.send('PUT', '/chat/vault/access', { private: true });
        assert.equal(access.status, 200, JSON.stringify(access.body));
        assert.equal((await ada.send('POST', '/chat/vault', { message: 'hidden' })).status, 201);
        const link = await ada.send('POST', '/invitations', { uses: 1 });
        invitation = /#invitation=(.*)/.exec(String(link.body.link))?.[1] ?? '';
        assert.ok(invitation, JSON.stringify(link.body));
        load = startLoad(url);
        await load.more(PER_SECOND);
        atBackup = load.sizes();
        const made = await runCommand(store, 'backup', '--keep', '2', backups);
        assert.deepEqual([made.code, made.stderr], [0, '']);
        await load.more(PER_SECOND);
        await load.stop();
        const [only = '', ...others] = await readdir(backups);
        assert.deepEqual(others, []);
        file = join(backups, only);
        const newest = (await wholeLog(url, 'one')).at(-1);
        last = `${newest?.epoch}:${newest?.seq}`;

        const checked = await runCommand(store, 'backup', '--check', file);
        assert.deepEqual([checked.code, checked.stderr], [0, '']);
        assert.match(checked.stdout, /restores: 4 channels, \d+ events and 2 accounts/);
        const refused = await runCommand(store, 'restore', '--replace', file);
        assert.match(refused.stderr, /Parley runs on this store/);
        assert.deepEqual((await wholeLog(url, 'one')).at(-1), newest);
        assert.equal(await parley.end('SIGTERM'), 0);
      }
      const before = await headsOf(store.STORE_URL);
      const refused = await runCommand(store, 'restore', file);
      assert.match(refused.stderr, /--replace/);
      await killHalfWay(startCommand(store, ['restore', '--replace', file]), store);
      const afterKill = await headsOf(store.STORE_URL);
      const restored = await runCommand(store, 'restore', '--replace', file);
      assert.deepEqual([restored.code, restored.stderr], [0, '']);
      assert.match(restored.stdout, /^restored 4 channels, \d+ events and 2 accounts/);
      requireWhole(afterKill, { before, restored: await headsOf(store.STORE_URL) });

      await using parley = await startBare('services/standalone', env);
      const { url } = parley;
      for (const channel of CHANNELS) {
        const messages = await wholeLog(url, channel);
        assert.ok(messages.length >= (atBackup.get(channel) ?? 0), `${channel} has what was there`);
        assert.ok(messages.length < load.texts(channel).size, `${channel} lacks what came later`);
        for (const [i, { seq, message }] of messages.entries()) {
          assert.equal(seq, i + 1);
          assert.equal(message, load.texts(channel).get(seq));
        }
      }
      // A reader of before must not go on among other events with the same numbers.
      await post(url, 'one', 'after the restore', 'load');
      for (const position of [last, last.replace(/:.*/, ':1')]) {
        using reader = new StreamText(url, `one?lastEventId=${position}`, {});
        await until('the reset arrived', () => reader.text.includes('event: reset'));
        assert.match(reader.text, /"reason":"epoch"/);
        assert.ok(!reader.text.includes('"kind":"message"'));
      }
      const former = new BrowserSession(url);
      for (const cookie of cookies) {
        const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        former.setCookie(key, value);
      }
      assert.equal((await former.send('GET', '/session')).status, 401);
      assert.equal((await former.send('GET', '/chat/vault/events')).body.head ?? 0, 0);
      const used = await signUp(url, 'late', invitation);
      assert.equal(used.body.code, 'invalid-link');
      const again = await signIn(url, 'ada');
      const vault = (await again.send('GET', '/chat/vault/events')).body.events as unknown[];
      assert.equal(vault.length, 1);
      const found = await again.send('GET', '/search?q=hidden');
      assert.equal((found.body.results as unknown[]).length, 1);
      const omri = await signIn(url, 'omri');
      assert.equal((await omri.send('GET', '/chat/vault/events')).body.head ?? 0, 0);
      const other = await omri.send('GET', '/chat/two/search?q=text');
      assert.ok((other.body.results as unknown[]).length > 0);
      assert.deepEqual((await omri.send('GET', '/search?q=hidden')).body.results, []);
    },
  );
}

async function childrenOf({ pid }: ChildProcess): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean);
}

/** Kills a restore that has begun to write. */
async function killHalfWay(child: ChildProcess, { STORE_URL }: Record<string, string>) {
  const exited = once(child, 'exit');
  const url = new URL(STORE_URL ?? '');
  if (url.protocol === 'mysql:') {
    const database = url.pathname.slice(1);
    url.pathname = '';
    await using connection = await createConnection(url.href);
    const unfinished = `SELECT 1 FROM \`${database}\`.parley_migration WHERE name LIKE 'restore%'`;
    await until('it has begun', async () => {
      const [rows] = await connection.query(unfinished);
      return (rows as unknown[]).length > 0;
    });
  } else if (url.protocol === 'postgres:') {
    await until('psql runs', async () => (await childrenOf(child)).length > 0);
  } else {
    for await (const { filename } of watch(dirname(decodeURIComponent(url.pathname)))) {
      if (filename?.endsWith('.restoring')) break;
    }
  }
  for (const pid of await childrenOf(child)) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    assert.ok(!url.password || !words.includes(url.password), 'no password on a command line');
  }
  child.kill('SIGKILL');
  await exited;
}

type Heads = string | { channel: string; epoch: string; head: number }[];

/** Fails when a store is neither what it was nor restored: then it may only refuse to open. */
function requireWhole(found: Heads, { before, restored }: { before: Heads; restored: Heads }) {
  if (typeof found === 'string') return assert.match(found, /restore-not-finished/);
  assert.ok(typeof before === 'object' && typeof restored === 'object');
  if (found[0]?.epoch === before[0]?.epoch) return assert.deepEqual(found, before);
  const withoutEpochs = ({ channel, head }: (typeof found)[0]) => [channel, head];
  assert.deepEqual(found.map(withoutEpochs), restored.map(withoutEpochs));
  for (const { channel, epoch } of found) {
    assert.notEqual(epoch, before.find((one) => one.channel === channel)?.epoch);
  }
}

/** The channels' heads in a store, or why it cannot be opened. */
async function headsOf(storeUrl: string): Promise<Heads> {
  let store: Awaited<ReturnType<typeof open>>;
  try {
    store = await open(storeUrl);
  } catch (error) {
    return (error as Error).message;
  }
  await using opened = store;
  const channels = await opened.channels({ after: '', limit: 10 });
  return channels.map(({ channel, epoch, head }) => ({ channel, epoch, head }));
}
