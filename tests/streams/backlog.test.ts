import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { range } from '@parley/testkit/range.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { startHere } from './standalone-here.ts';

/** Less than 100 events of these tests, so that readers fall behind the backlog soon. */
const BACKLOG_BYTES = 20_000;

const stack = new AsyncDisposableStack();
let url: string;

before(async () => {
  const folder = stack.use(await temporaryFolder());
  ({ url } = stack.use(await startHere(folder.path, { backlogBytes: BACKLOG_BYTES })));
});
after(() => stack.disposeAsync());

test('a resume from before the backlog reads the log, page by page, without a gap', async () => {
  const channel = 'deep';
  const batch = (from: number) =>
    Promise.all(range(from, from + 99).map((i) => post(url, channel, `m${i}`)));
  const [first] = await batch(1);
  for (let i = 101; i <= 1200; i += 100) await batch(i);
  const readers = Array.from(
    { length: 20 },
    (_, i) => new EventReader(url, channel, `?lastEventId=${first?.epoch}:${i * 3}`),
  );
  await batch(1201);
  for (const [i, reader] of readers.entries()) {
    await reader.received(1300 - i * 3);
    assert.deepEqual(reader.seqs, range(i * 3 + 1, 1300));
    reader[Symbol.dispose]();
  }
});

test('readers that join a busy channel at any moment get its events without a gap or a repeat', async () => {
  const { epoch } = await post(url, 'busy', 'the first one');
  const readers: EventReader[] = [];
  const starts = ['', '?last=5', `?lastEventId=${epoch}:0`, `?lastEventId=${epoch}:1`];
  let posted = 1;
  for (let round = 0; round < 60; round++) {
    const posts = range(1, 10).map((i) => post(url, 'busy', `m${i}`));
    readers.push(new EventReader(url, 'busy', starts[round % starts.length]));
    await Promise.all(posts);
    posted += posts.length;
  }
  await Promise.all(readers.map((reader) => reader.greeted()));
  await post(url, 'busy', 'the last one');
  for (const reader of readers) {
    await until('the last event arrived', () => reader.seqs.at(-1) === posted + 1);
    assert.deepEqual(reader.seqs, range(reader.seqs[0] ?? 0, posted + 1));
    reader[Symbol.dispose]();
  }
});
