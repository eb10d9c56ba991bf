import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@parley/client';
import { openStorage, type TextStorage } from '../browser-storage.ts';
import { Outbox, type OutboxOptions } from './outbox.ts';

interface Post {
  key: string | undefined;
  path: string | undefined;
  username: string;
  message: string;
}

type Answer = (post: Post, response: ServerResponse, count: number) => void;

function memory(): TextStorage {
  return openStorage(() => {
    throw new Error('no storage');
  });
}

/** A chat server with the given answers, and the outbox of a page that posts to it. */
async function open(
  t: TestContext,
  answer: Answer,
  storage = memory(),
  authenticate?: OutboxOptions['authenticate'],
) {
  const posts: Post[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const { username, message } = JSON.parse(await text(request));
    const key = request.headers['idempotency-key']?.toString();
    const post = { key, path: request.url, username, message };
    posts.push(post);
    answer(post, response, posts.length);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = connect(base);
  const outbox = new Outbox({
    connection: { snapshot: () => client, subscribe: () => () => undefined },
    ...(authenticate ? { authenticate } : {}),
    storage,
  });
  const close = () => {
    client.close();
    server.closeAllConnections();
    server.close();
  };
  t.after(close);
  return { outbox, posts, client, close };
}

function store({ username, message }: Post, response: ServerResponse, seq: number): void {
  response.statusCode = 201;
  response.end(JSON.stringify({ channel: 'general', epoch: 'e1', seq, username, message }));
}

function refuse(response: ServerResponse, status: number, detail: string, code?: string): void {
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify({ status, detail, code }));
}

/** Waits until `holds` is true of the outbox. */
async function until(outbox: Outbox, holds: () => boolean): Promise<void> {
  if (holds()) return;
  await new Promise<void>((resolve) => {
    const stop = outbox.subscribe(() => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });
}

const isEmpty = (outbox: Outbox) => () => outbox.snapshot().length === 0;

test('a message is sent again with the same key until its receipt arrives', async (t) => {
  const { outbox, posts, client } = await open(t, (post, response, count) => {
    if (count === 1) return response.destroy();
    if (count === 2) return refuse(response, 503, 'The store is away.');
    if (count === 3) return void response.end('<html>a portal between us</html>');
    store(post, response, 7);
  });
  const receipts: number[] = [];
  outbox.onReceipt(({ seq }) => receipts.push(seq));
  outbox.subscribe(() => setImmediate(() => client.retryNow()));
  outbox.add({ channel: 'Küche', username: 'omri', message: 'hi\nthere', after: 0 });
  await until(outbox, isEmpty(outbox));
  assert.deepEqual(receipts, [7]);
  assert.equal(posts.length, 4);
  assert.equal(new Set(posts.map(({ key }) => key)).size, 1);
  assert.deepEqual(posts[3], {
    key: posts[0]?.key,
    path: '/chat/K%C3%BCche',
    username: 'omri',
    message: 'hi\nthere',
  });
});

test('messages are stored in the order of sending, each with its own key', async (t) => {
  const { outbox, posts } = await open(t, (post, response, count) =>
    count === 1 ? refuse(response, 500, 'no') : store(post, response, count),
  );
  for (const message of ['one', 'two', 'three']) {
    outbox.add({ channel: 'general', username: 'omri', message, after: 0 });
  }
  await until(outbox, isEmpty(outbox));
  assert.deepEqual(
    posts.map(({ message }) => message),
    ['one', 'one', 'two', 'three'],
  );
  assert.equal(new Set(posts.map(({ key }) => key)).size, 3);
});

test("a refused message stays with the server's reason and does not hold up the next one", async (t) => {
  const { outbox, posts } = await open(t, (post, response, count) =>
    post.message === 'bad' ? refuse(response, 400, 'Say it better.') : store(post, response, count),
  );
  outbox.add({ channel: 'general', username: 'omri', message: 'bad', after: 0 });
  outbox.add({ channel: 'general', username: 'omri', message: 'good', after: 0 });
  await until(outbox, () => outbox.snapshot().length === 1 && posts.length === 2);
  const [refused] = outbox.snapshot();
  assert.equal(refused?.refusal, 'Say it better.');
  outbox.discard(refused?.key ?? '');
  assert.deepEqual(outbox.snapshot(), []);
});

test('an unsent message survives a reload with its key', async (t) => {
  const storage = memory();
  const first = await open(t, (_, response) => response.destroy(), storage);
  first.outbox.add({ channel: 'general', username: 'omri', message: 'hi', after: 0 });
  await until(first.outbox, () => (first.outbox.snapshot()[0]?.attempts ?? 0) > 0);
  first.close();
  const second = await open(t, store, storage);
  await until(second.outbox, isEmpty(second.outbox));
  assert.equal(second.posts.length, 1);
  assert.equal(second.posts[0]?.key, first.posts[0]?.key);
  const third = await open(t, store, storage);
  assert.deepEqual(third.outbox.snapshot(), [], 'acknowledged messages are not stored');
});

test("a wait for the server's retry-after ends when the network is back", async (t) => {
  const { outbox, client } = await open(t, (post, response, count) => {
    if (count > 1) return store(post, response, count);
    response.setHeader('retry-after', '3600');
    refuse(response, 503, 'Come back in an hour.');
  });
  outbox.add({ channel: 'general', username: 'omri', message: 'hi', after: 0 });
  await until(outbox, () => outbox.snapshot()[0]?.attempts === 1);
  await new Promise(setImmediate);
  client.retryNow();
  await until(outbox, isEmpty(outbox));
});

test('foreign content in the storage is ignored', async (t) => {
  for (const stored of ['{', '{"a":1}', '[null,7,{"key":"k"}]']) {
    const storage = memory();
    storage.setItem('parley.unsent', stored);
    const { outbox } = await open(t, store, storage);
    assert.deepEqual(outbox.snapshot(), []);
  }
});

test('without a session messages wait in order until the visitor signs in', async (t) => {
  let signedIn = false;
  const { outbox, posts } = await open(t, (post, response, count) =>
    signedIn ? store(post, response, count) : refuse(response, 401, 'Sign in.'),
  );
  for (const message of ['one', 'two']) {
    outbox.add({ channel: 'general', username: 'omri', account: true, message, after: 0 });
  }
  await until(outbox, () => outbox.snapshot().every(({ waits }) => waits));
  signedIn = true;
  outbox.signedIn('another account');
  assert.equal(posts.length, 2);
  outbox.signedIn('omri');
  await until(outbox, isEmpty(outbox));
  assert.deepEqual(
    posts.map(({ message }) => message),
    ['one', 'two', 'one', 'two'],
  );
});

test('while the session is renewed for a message, no later one overtakes it', async (t) => {
  let renewed = false;
  const renew = async () => {
    await delay(100);
    renewed = true;
    return true;
  };
  const answer: Answer = async (post, response, count) => {
    await delay(60);
    if (renewed) store(post, response, count);
    else refuse(response, 409, 'The name is taken.', 'name-taken');
  };
  const { outbox, posts } = await open(t, answer, memory(), renew);
  const stored: string[] = [];
  outbox.onReceipt(({ message }) => stored.push(message));
  for (const message of ['one', 'two', 'three'])
    outbox.add({ channel: 'general', username: 'omri', account: true, message, after: 0 });
  await until(outbox, isEmpty(outbox));
  assert.deepEqual(stored, ['one', 'two', 'three']);
  assert.equal(posts.length, 4);
});

test('after the session is renewed, the message is sent with the same key', async (t) => {
  let renewed = false;
  const { outbox, posts } = await open(
    t,
    (post, response, count) =>
      renewed
        ? store(post, response, count)
        : refuse(response, 403, 'The name is taken.', 'name-taken'),
    memory(),
    async () => {
      renewed = true;
      return true;
    },
  );
  outbox.add({ channel: 'general', username: 'omri', account: true, message: 'hi', after: 0 });
  await until(outbox, isEmpty(outbox));
  assert.equal(posts[0]?.key, posts[1]?.key);
});

test("an account's message to a channel that a guest does not see is sent after the renewal", async (t) => {
  const shown: number[] = [];
  let isRenewed = false;
  const { outbox, posts } = await open(
    t,
    (post, response, count) =>
      isRenewed
        ? store(post, response, count)
        : refuse(response, 404, 'There is no such channel.', 'not-found'),
    memory(),
    async ({ onFailure }) => {
      onFailure();
      shown.push(outbox.snapshot()[0]?.attempts ?? 0);
      isRenewed = true;
      return true;
    },
  );
  outbox.add({ channel: 'secret', username: 'omri', account: true, message: 'hi', after: 0 });
  await until(outbox, isEmpty(outbox));
  assert.deepEqual([posts.length, shown], [2, [1]]);
});

test("a guest under an account's name is refused and does not wait", async (t) => {
  const { outbox } = await open(t, (_, response) =>
    refuse(response, 403, 'The name is taken.', 'name-taken'),
  );
  outbox.add({ channel: 'general', username: 'omri', account: false, message: 'hi', after: 0 });
  await until(outbox, () => outbox.snapshot()[0]?.refusal === 'The name is taken.');
});
