import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { until } from '@parley/testkit/until.ts';
import { io } from 'socket.io-client';
import { startExample } from './start-example.ts';

interface Data {
  data?: { message: string; user: string };
  id?: string;
  ulid: string;
  user: string;
  message: string;
  upvote: number;
  downvote: number;
  error?: string;
}

const stack = new AsyncDisposableStack();
const { parley, example, startParley } = await startExample(stack, 'examples/socket-io', {
  TRUSTED_PROXIES: 'loopback',
});
after(() => stack.disposeAsync());

const call = (path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${example.url}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** Connects, with everything that arrives. */
async function join(cookie?: string) {
  const extraHeaders = cookie === undefined ? {} : { Cookie: cookie };
  const socket = io(example.url, { forceNew: true, transports: ['websocket'], extraHeaders });
  stack.defer(() => void socket.close());
  const received: Record<string, Data[]> = { data: [], upvote: [], downvote: [] };
  for (const [name, list] of Object.entries(received))
    socket.on(name, (given: Data) => list.push(given));
  await once(socket as never, 'connect');
  const texts = () => (received.data ?? []).map(({ message }) => message);
  const errors = () => (received.data ?? []).flatMap(({ error }) => error ?? []);
  const past = async (): Promise<Data[]> => {
    socket.emit('get_previous_messages');
    return (await once(socket as never, 'previous_messages'))[0] as Data[];
  };
  return { socket, received, texts, errors, past };
}

/** Signs up, and returns the cookie. */
async function signUp(name: string): Promise<string> {
  const fields = { name, email: `${name}@example.org`, password: `${name} has a long password` };
  const answer = await call('/signup', fields);
  assert.equal(answer.status, 200, await answer.clone().text());
  assert.deepEqual(await answer.json(), { username: name, email: fields.email });
  const [cookie = ''] = answer.headers.getSetCookie();
  assert.match(cookie, /^session=.+; HttpOnly; SameSite=Strict$/);
  return cookie.split(';')[0] ?? '';
}

test('a message reaches all with the sender, and the past has it', async () => {
  const [one, two] = [await join(), await join()];
  one.socket.emit('data', { message: 'hi', user: 'guest 1' });
  await until('both have it', () => one.texts().length > 0 && two.texts().length > 0);
  const [got] = one.received.data ?? [];
  assert.deepEqual(got, {
    data: { message: 'hi', user: 'guest 1' },
    id: one.socket.id,
    ulid: got?.ulid,
    user: 'guest 1',
    message: 'hi',
    upvote: 0,
    downvote: 0,
  });
  assert.deepEqual(two.received.data, [got]);
  const { data, id, ...shown } = got as Data;
  assert.deepEqual(await (await join()).past(), [shown]);
});

test('accounts sign up, log in, read their own name, and vote once', async () => {
  const [ada, bob] = [await join(await signUp('ada')), await join(await signUp('bob'))];
  ada.socket.emit('data', { message: 'vote for me', user: 'another name' });
  await until('it is there', () => bob.texts().includes('vote for me'));
  const [post] = (bob.received.data ?? []).filter(({ message }) => message === 'vote for me');
  assert.equal(post?.user, 'ada');
  const ulid = post?.ulid ?? '';
  for (let n = 0; n < 2; n++) bob.socket.emit('upvote', { msgulid: ulid });
  await until('the vote counts', () => (ada.received.upvote ?? []).length >= 1);
  assert.deepEqual(ada.received.upvote?.[0], { upvote: 1, ulid });
  bob.socket.emit('downvote', { msgulid: ulid });
  await until('the vote is changed', () =>
    (ada.received.downvote ?? []).some(({ downvote }) => downvote === 1),
  );
  assert.deepEqual(ada.received.upvote?.at(-1), { upvote: 0, ulid });

  const login = { email: 'ada@example.org', password: 'ada has a long password' };
  const answer = await call('/login', login);
  assert.deepEqual(await answer.json(), { username: 'ada', email: login.email });
  const Cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const own = await call('/get-username', { email: login.email }, { Cookie });
  assert.deepEqual(await own.json(), { username: 'ada', email: login.email });
  assert.equal((await call('/get-username', { email: 'bob@example.org' }, { Cookie })).status, 404);
  assert.equal((await call('/get-username', { email: login.email })).status, 404);
  assert.equal((await call('/login', { ...login, password: 'wrong' })).status, 401);
  assert.equal((await call('/login', login, { 'Content-Type': 'text/plain' })).status, 400);
  assert.ok(!example.output.join('').includes('long password'));
});

test('bad input is answered by data {error}, and changes nothing', async () => {
  const guest = await join();
  const before = await guest.past();
  guest.socket.emit('data', 'no object');
  guest.socket.emit('data', { message: '', user: 'guest' });
  guest.socket.emit('data', { message: 'as an account', user: 'ada' });
  guest.socket.emit('upvote', { msgulid: 'nothing' });
  guest.socket.emit('upvote', { msgulid: before[0]?.ulid });
  await until('five are refused', () => guest.errors().length >= 5);
  for (let i = 0; i < 100; i++) guest.socket.emit('upvote', { msgulid: before[0]?.ulid });
  await until('a flood is refused', () => guest.errors().some((e) => e.includes('requests wait')));
  assert.deepEqual(await (await join()).past(), before);
  const foreign = io(example.url, {
    forceNew: true,
    transports: ['websocket'],
    extraHeaders: { Origin: 'https://evil.example' },
  });
  stack.defer(() => void foreign.close());
  await once(foreign as never, 'connect_error');
});

test('everyone gets each message once and in order while Parley is killed', async () => {
  const people = await Promise.all([join(), join(), join()]);
  const texts = Array.from({ length: 45 }, (_, i) => `k${i}`);
  const say = (text: string, i: number) =>
    people[i % 3]?.socket.emit('data', { message: text, user: `person${i % 3}` });
  const got = () => people.map(({ texts }) => texts().filter((text) => text?.startsWith('k')));
  for (const [i, text] of texts.slice(0, 15).entries()) say(text, i);
  await until('some arrived', () => (got()[0]?.length ?? 0) >= 5);
  await parley.end('SIGKILL');
  for (const [i, text] of texts.slice(15).entries()) say(text, i);
  await startParley();
  await until('all arrived', () => got().every(({ length }) => length >= texts.length));
  const [one, ...others] = got();
  for (const other of others) assert.deepEqual(other, one);
  assert.deepEqual(one?.toSorted(), texts.toSorted());
  const past = (await people[0]?.past())?.map(({ message }) => message) ?? [];
  assert.deepEqual(
    past.filter((text) => text.startsWith('k')),
    one,
  );
});
