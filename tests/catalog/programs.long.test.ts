import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { openDemoMessages } from '@parley/catalog/demo-feeds/demo-messages.ts';
import { type NatsServer, startNats } from '@parley/testkit/processes/nats-server.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { PROGRAM_ENV } from '@parley/testkit/program-env.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { type RecordLine, readLines } from './read-lines.ts';

const options = needs('nats');
const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());
let env: Record<string, string>;
let nats: NatsServer;
let catalog: Running;
let events: RecordLine[];

/** Runs a program of the catalog until it ends. */
async function run(file: string, ...args: string[]) {
  const child = spawn(process.execPath, [`services/catalog/${file}`, ...args], {
    cwd: `${import.meta.dirname}/../..`,
    env: { ...PROGRAM_ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await closed;
  return { stdout, stderr, code: code as number };
}

const parse = (stdout: string): (RecordLine & { feed: string })[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

before(async () => {
  if (options.skip) return;
  nats = stack.use(await startNats());
  const folder = stack.use(await temporaryFolder()).path;
  env = { NATS_URL: nats.url, STORE_URL: `sqlite:${folder}/catalog.db` };
  catalog = await start('services/catalog', env);
  stack.defer(() => catalog.end('SIGTERM').then(() => undefined));
  const connection = await nats.connect();
  const manager = await jetstreamManager(connection);
  await until('both feeds are open', async () => {
    const found = await manager.consumers
      .list('parley-feeds')
      .next()
      .catch(() => []);
    return found.length === 2;
  });
  await connection.close();
});

test('npm run feeds publishes the messages of its seed, at its rate', options, async () => {
  const startedAt = performance.now();
  const { code } = await run(
    'demo-feeds/main.ts',
    '--rate',
    '500',
    '--count',
    '1000',
    '--seed',
    '9',
  );
  assert.equal(code, 0);
  assert.ok(performance.now() - startedAt > 1_900);
  await until(
    'all are stored',
    async () => (await readLines(catalog.url, 'sport_event')).length === 1_000,
  );
  events = await readLines(catalog.url, 'sport_event');
  const demo = openDemoMessages(9);
  // Executions use the same random numbers, so only the first event can be compared.
  assert.equal(events[0]?.bytes, Buffer.from(demo.sportEvent()).toString('base64'));
  assert.ok((await readLines(catalog.url, 'execution')).length >= 10);
});

test(
  'npm run catalog -- replay prints the stored messages in the order of publishing',
  options,
  async () => {
    const { stdout, code } = await run('main.ts', 'replay', '--from', '2026-01-01');
    assert.equal(code, 0);
    const lines = parse(stdout);
    assert.deepEqual(
      lines.filter(({ feed }) => feed === 'sport_event'),
      events,
    );
    assert.ok(lines.some(({ feed }) => feed === 'execution'));
    const times = lines.map(({ published }) => published);
    assert.deepEqual(times, times.toSorted());
  },
);

test(
  'a replay can be limited to one feed and a time span, with its original pauses',
  options,
  async () => {
    const [from = '', to = ''] = [events[100]?.published, events[900]?.published];
    const args = ['replay', '--from', from, '--to', to, '--feed', 'sport_event'];
    const startedAt = performance.now();
    const { stdout } = await run('main.ts', ...args, '--speed', '1');
    assert.ok(performance.now() - startedAt > 1_500);
    assert.deepEqual(parse(stdout), events.slice(100, 900));
  },
);

test('a wrong argument is reported in one line', options, async () => {
  for (const [args, message, exitCode] of [
    [['replay'], /--from is needed/, 2],
    [['replay', '--from', 'noon'], /--from takes a UTC time/, 2],
    [['replay', '--from', '2026-01-01', '--feed', 'none'], /there is no feed "none"/, 1],
    [['replay', '--nonsense'], /nonsense/, 2],
  ] as const) {
    const { code, stderr } = await run('main.ts', ...args);
    assert.equal(code, exitCode, stderr);
    assert.match(stderr, message);
    assert.match(stderr, /^parley: .+\n(?:--help lists the options.\n)?$/);
  }
});

test(
  'the catalog does not read ahead for a client that does not read its lines',
  options,
  async () => {
    const connection = await nats.connect();
    const demo = openDemoMessages(4).sportEvent();
    const big = Buffer.concat([
      demo,
      Buffer.from([0x7a, 0x80, 0x80, 0x38]),
      Buffer.alloc(917_504, 66),
    ]);
    for (let i = 0; i < 60; i++) connection.publish('sport_event', big);
    await until('all are stored', async () => {
      const { feeds } = (await (await fetch(`${catalog.url}/catalog`)).json()) as {
        feeds: { stored: number }[];
      };
      return feeds[0]?.stored === 1_060;
    });
    await connection.close();
    const rss = async () =>
      Number(
        /^process_resident_memory_bytes (\S+)$/m.exec(
          await (await fetch(`${catalog.url}/metrics`)).text(),
        )?.[1],
      );
    const before = await rss();
    const headers = { Accept: 'application/x-ndjson' };
    const leaving = new AbortController();
    const slow = await Promise.all(
      Array.from({ length: 10 }, () =>
        fetch(`${catalog.url}/catalog/sport_event?after=1000`, { headers, signal: leaving.signal }),
      ),
    );
    assert.ok(slow.every(({ status }) => status === 200));
    let most = before;
    for (let i = 0; i < 40; i++) most = Math.max(most, await rss());
    // Each response holds one page at a time, as rows and as lines, not the 150 MB of lines that
    // the client asked for.
    assert.ok(most - before < 500 * 2 ** 20, `${(most - before) / 2 ** 20} MiB more`);
    leaving.abort();
  },
);
