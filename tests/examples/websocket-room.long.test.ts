import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { until } from '@parley/testkit/until.ts';
import { WebSocket } from 'ws';
import { startExample } from './start-example.ts';

const stack = new AsyncDisposableStack();
const { parley, example: room, startParley } = await startExample(stack, 'examples/websocket-room');
after(() => stack.disposeAsync());

/** A person in the room, with the frames that arrived. */
async function join(name: string) {
  const socket = new WebSocket(`${room.url.replace('http', 'ws')}/?name=${name}`);
  const frames: { action: string; message: string }[] = [];
  socket.on('message', (frame) => frames.push(JSON.parse(String(frame))));
  await once(socket, 'open');
  const say = (message: unknown) => socket.send(JSON.stringify({ message }));
  const lines = () => frames.map(({ message }) => message);
  return { socket, frames, lines, say };
}

test('everyone receives the lines of all, and who joined and exited', async () => {
  const ada = await join('ada');
  await until('ada has joined', () => ada.lines().includes('ada joined chat.'));
  const bob = await join('bob');
  bob.say('hi');
  await until('bob has his line', () => bob.lines().includes('bob: hi'));
  assert.deepEqual(bob.frames, [
    { action: 'message', message: 'bob joined chat.' },
    { action: 'message', message: 'bob: hi' },
  ]);
  bob.socket.close();
  await until('bob has left', () => ada.lines().includes('bob exited chat.'));
  const lines = ['ada joined chat.', 'bob joined chat.', 'bob: hi', 'bob exited chat.'];
  assert.deepEqual(ada.lines(), lines);
  ada.socket.close();
});

test('everyone receives each line once and in one order while Parley is killed', async () => {
  const people = await Promise.all(['eve', 'dan', 'kim'].map(join));
  const [first] = people;
  await until('all have joined', () => people.every(({ lines }) => lines().length > 0));
  const texts = Array.from({ length: 60 }, (_, i) => `m${i}`);
  const said = (lines: string[]) => lines.filter((line) => line.includes(': m'));
  for (const [i, text] of texts.slice(0, 40).entries()) {
    people[i % 3]?.say(text);
    await until('few lines wait', () => said(first?.lines() ?? []).length >= i - 20);
  }
  await parley.end('SIGKILL');
  for (const [i, text] of texts.slice(40).entries()) people[i % 3]?.say(text);
  await startParley();
  await until('all arrived', () => people.every(({ lines }) => said(lines()).length >= 60));
  const [one, ...others] = people.map(({ lines }) => said(lines()));
  for (const other of others) assert.deepEqual(other, one);
  assert.deepEqual(one?.map((line) => line.split(': ')[1]).sort(), texts.toSorted());
  for (const { socket } of people) socket.close();
});

test('what the room cannot take is answered, and the others go on', async () => {
  const bad = await join('');
  const [code] = await once(bad.socket, 'close');
  assert.equal(code, 1008);
  assert.ok(bad.frames.some(({ action }) => action === 'error'));

  const ana = await join('ana');
  ana.socket.send('no JSON');
  ana.say(5);
  ana.say('x'.repeat(4_001));
  await until('three are refused', () => ana.frames.filter((f) => f.action === 'error').length > 2);
  ana.say('fine');
  await until('a good line arrives', () => ana.lines().includes('ana: fine'));
  for (let i = 0; i < 100; i++) ana.say('flood');
  await until('a flood is refused', () =>
    ana.lines().some((line) => line.includes('messages wait')),
  );
  ana.socket.send('x'.repeat(40_000));
  assert.equal((await once(ana.socket, 'close'))[0], 1009);

  const foreign = new WebSocket(room.url.replace('http', 'ws'), { origin: 'https://evil.example' });
  const [error] = await once(foreign, 'error');
  assert.match(error.message, /401/);
});
