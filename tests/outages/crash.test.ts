import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { postUntilAcknowledged } from '@parley/testkit/clients/post.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { Random } from '@parley/testkit/random.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

const KILLS = 4;
const POSTS_PER_SECOND = 500;
const READERS = 5;
const CHANNEL = 'crash';

test('killed four times under 500 posts/s: every acknowledged message is stored once, and every reader gets each once, in order', async (t) => {
  await using folder = await temporaryFolder();
  const seed = Number(process.env.SEED) || Date.now();
  const random = new Random(seed);
  t.diagnostic(`seed ${seed}`);
  let parley: Running = await start('services/standalone', { DATA_DIR: folder.path });
  const { url } = parley;
  const again = { DATA_DIR: folder.path, PORT: new URL(url).port };
  // Parley may be killed before a reader has its first event.
  const query = '?hello=id';
  const readers = Array.from({ length: READERS }, () => new EventReader(url, CHANNEL, query));
  await Promise.all(readers.map((reader) => reader.greeted()));

  const posts: Promise<{ seq: number; message: string }>[] = [];
  const postsFor = async (ms: number) => {
    for (const end = Date.now() + ms; Date.now() < end; await delay(10)) {
      for (let i = 0; i < POSTS_PER_SECOND / 100; i++) {
        posts.push(postUntilAcknowledged(url, CHANNEL, `message ${posts.length}`));
      }
    }
  };
  for (let kill = 0; kill < KILLS; kill++) {
    await postsFor(300 + random.next() * 700);
    await parley.end('SIGKILL');
    parley = await start('services/standalone', again);
  }
  await postsFor(300);

  const receipts = await Promise.all(posts);
  const log = await wholeLog(url, CHANNEL);
  assert.deepEqual(
    log.map(({ message }) => message).sort(),
    receipts.map((_, i) => `message ${i}`).sort(),
  );
  for (const { seq, message } of receipts) assert.equal(log[seq - 1]?.message, message);
  for (const reader of readers) {
    await reader.received(log.length);
    assert.deepEqual(reader.events, log);
    assert.deepEqual(reader.resets, []);
    reader[Symbol.dispose]();
  }
  t.diagnostic(`${log.length} messages, ${KILLS} kills`);
  await parley.end('SIGTERM');
});
