import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ChatVote } from '@parley/contract/events/event.ts';
import { ask } from '@parley/testkit/clients/ask.ts';
import { everyEvent, wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { tokenKeyFile } from '@parley/testkit/credentials/token-key-file.ts';
import { openPostgres } from '@parley/testkit/databases/databases.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

const VOTERS = 100;
const VOTES = 50;
const MESSAGES = 5;
/** Simultaneous requests of one voter. */
const AT_ONCE = 3;
const VALUES = [1, -1, 0] as const;

const stack = new AsyncDisposableStack();
let key: ReturnType<typeof tokenKeyFile>;

before(async () => {
  key = tokenKeyFile(stack.use(await temporaryFolder()).path);
});
after(() => stack.disposeAsync());

/** A voter's last vote on a message, sent after all its other votes on it were answered. */
const lastVote = (voter: number, ref: number) => VALUES[(voter + ref) % 3] ?? 0;

async function put(url: string, ref: number, voter: number, value: number): Promise<void> {
  const headers = voters[voter] ?? {};
  const path = `${url}/chat/poll/events/${ref}/vote`;
  const { status, body } = await ask('PUT', path, headers, { value });
  assert.deepEqual([status, body?.seq, body?.value], [200, ref, value]);
}
let voters: Record<string, string>[] = [];

/**
 * All votes of one voter: as many at once as allowed, and the last votes after the others were
 * answered.
 */
async function voteOften(voter: number, urls: string[]): Promise<void> {
  const racing = Array.from({ length: VOTES - MESSAGES }, (_, i) => i);
  const next = async () => {
    for (let i = racing.pop(); i !== undefined; i = racing.pop()) {
      const url = urls[(i + voter) % urls.length] ?? '';
      await put(url, 1 + (i % MESSAGES), voter, VALUES[(i * 7 + voter) % 3] ?? 0);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  await Promise.all(
    Array.from({ length: MESSAGES }, (_, i) =>
      put(urls[(i + voter) % urls.length] ?? '', i + 1, voter, lastVote(voter, i + 1)),
    ),
  );
}

/**
 * Makes all voters vote through those servers, and compares what readers received with the votes.
 */
async function poll(chatUrls: string[], broadcastUrl: string): Promise<void> {
  const [url = ''] = chatUrls;
  voters = Array.from({ length: VOTERS }, (_, i) => key.headersOf(`voter-${i}`));
  for (let i = 0; i < MESSAGES; i++) await post(url, 'poll', `m${i}`);
  using reader = new EventReader(broadcastUrl, 'poll', '?last=5');
  await reader.received(MESSAGES);
  await Promise.all(voters.map((_, voter) => voteOften(voter, chatUrls)));

  const messages = await wholeLog(url, 'poll');
  for (const { seq, up, down } of messages) {
    const last = voters.map((_, voter) => lastVote(voter, seq));
    const count = (value: number) => last.filter((vote) => vote === value).length;
    assert.deepEqual([up, down], [count(1), count(-1)], `message ${seq}`);
  }
  const log = await everyEvent(url, 'poll');
  await until('the reader has all events', () => reader.log.length === log.length);
  assert.deepEqual(reader.log.slice(MESSAGES), log.slice(MESSAGES));
  for (const message of messages) {
    const votes = reader.log.filter(
      (event): event is ChatVote => event.kind === 'vote' && event.ref === message.seq,
    );
    assert.deepEqual([votes.at(-1)?.up, votes.at(-1)?.down], [message.up, message.down]);
    assertSteps(votes);
  }
}

/** Each vote changes the tally of the one before it by one voter's change. */
function assertSteps(votes: ChatVote[]): void {
  let before = { up: 0, down: 0 };
  for (const { up, down } of votes) {
    const [ups, downs] = [Math.abs(up - before.up), Math.abs(down - before.down)];
    assert.ok(ups <= 1 && downs <= 1 && ups + downs > 0, `${ups} and ${downs} at once`);
    before = { up, down };
  }
}

test('100 voters with 50 racing votes each are counted exactly, in one process', async () => {
  await using folder = await temporaryFolder();
  await using parley = await start('services/standalone', {
    DATA_DIR: folder.path,
    TOKEN_KEY_FILE: key.file,
  });
  await poll([parley.url], parley.url);
});

test(
  '100 voters with 50 racing votes each are counted exactly by three replicas on PostgreSQL',
  needs('postgresql'),
  async () => {
    await using database = await openPostgres();
    await using broker = await start('broker', {});
    const env = {
      MQTT_URL: broker.ready.mqtt ?? '',
      STORE_URL: await database.create('parley'),
      TOKEN_KEY_FILE: key.file,
    };
    await using replicas = new AsyncDisposableStack();
    const chats = await Promise.all([1, 2, 3].map(() => start('services/chat', env)));
    for (const chat of chats) replicas.use(chat);
    const [first] = chats;
    await using broadcast = await start('services/broadcast', {
      ...env,
      CHAT_URL: first?.url ?? '',
    });
    await poll(
      chats.map(({ url }) => url),
      broadcast.url,
    );
    for (const chat of chats) assert.equal(await chat.end('SIGTERM'), 0);
    assert.equal(await broadcast.end('SIGTERM'), 0);
  },
);
