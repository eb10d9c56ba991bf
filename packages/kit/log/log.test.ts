import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { logOptions } from './log.ts';

/** A log with the options of ours, and the lines that it wrote. */
function openLines() {
  const lines: string[] = [];
  const options = logOptions({ logLevel: 'debug' }, 'test');
  const log = pino(options, { write: (line) => void lines.push(line) });
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line)) };
}

test('a line names its level and has its time in UTC', (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 10, 30, 4, 49, 16, 7) });
  const { log, parsed } = openLines();
  log.info('one');
  log.child({ process: 2 }).error('another');
  const time = '2026-11-30T04:49:16.007Z';
  assert.deepEqual(parsed(), [
    { level: 'info', time, part: 'test', msg: 'one' },
    { level: 'error', time, part: 'test', process: 2, msg: 'another' },
  ]);
});

test('texts are cut in every field at any depth, and in errors', () => {
  const { log, lines, parsed } = openLines();
  const long = 'x'.repeat(60_000);
  const error = Object.assign(new Error(long), { client: long, cause: new Error(long) });
  log.info({ client: long, deep: { list: [long] }, err: error }, 'refused');
  assert.ok((lines[0] ?? '').length < 25_000, `${lines[0]?.length}`);
  const [line] = parsed();
  assert.match(line.client, /^x{256}… \(59744 characters more\)$/);
  assert.match(line.deep.list[0], /characters more/);
  assert.match(line.err.message, /characters more/);
  assert.match(line.err.stack, /characters more/);
});

test('short fields and errors are written as they are', () => {
  const { log, parsed } = openLines();
  const cause = new Error('inside');
  log.error(
    { topic: 'chat/inbox/x', count: 3, err: new TypeError('outside', { cause }) },
    'failed',
  );
  const [{ topic, count, err }] = parsed();
  assert.deepEqual(
    [topic, count, err.type, err.message],
    ['chat/inbox/x', 3, 'TypeError', 'outside: inside'],
  );
  assert.match(err.stack, /log\.test\.ts/);
});

test('a line that repeats is written ten times and then counted', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { log, lines, parsed } = openLines();
  for (let i = 0; i < 200; i++) log.info({ client: `c${i}` }, 'broker: client error');
  log.warn('another');
  assert.equal(lines.length, 11);
  context.mock.timers.tick(10_000);
  const last = parsed().at(-1);
  assert.deepEqual([last.msg, last.repeated], ['broker: client error', 190]);
  log.info({ client: 'c' }, 'broker: client error');
  assert.equal(lines.length, 13);
});

test('debug lines are never counted', () => {
  const { log, lines } = openLines();
  for (let i = 0; i < 50; i++) log.debug({ i }, 'request done');
  assert.equal(lines.length, 50);
});
