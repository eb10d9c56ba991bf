import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEcho } from './echo.ts';

function open() {
  const sent: string[] = [];
  return { sent, echo: openEcho((payload) => void sent.push(payload)) };
}

test('an echo resolves the message it belongs to with the round-trip time, in any order', async (t) => {
  let now = 1000;
  t.mock.method(performance, 'now', () => now);
  const { sent, echo } = open();
  const first = echo.send();
  now += 10;
  const second = echo.send();
  now += 5;
  echo.receive(Buffer.from(sent[1] ?? ''));
  now += 25;
  echo.receive(Buffer.from(sent[0] ?? ''));
  assert.deepEqual([await first, await second], [40, 5]);
});

test('an unknown echo, or one that comes twice, is ignored', async () => {
  const { sent, echo } = open();
  const waiting = echo.send();
  echo.receive(Buffer.from('nonsense'));
  echo.failAll(new Error('still waiting'));
  echo.receive(Buffer.from(sent[0] ?? ''));
  await assert.rejects(waiting, { message: 'still waiting' });
});

test('an echo that does not come within 5 s is an error', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { echo } = open();
  const faults: string[] = [];
  const waiting = echo.send().catch((error: Error) => faults.push(error.message));
  t.mock.timers.tick(4_999);
  await Promise.resolve();
  assert.deepEqual(faults, []);
  t.mock.timers.tick(1);
  await waiting;
  assert.deepEqual(faults, ['no echo from the MQTT broker within 5000 ms']);
});

test('when the link breaks, every waiting echo fails at once, and later echoes work', async () => {
  const { sent, echo } = open();
  const waiting = [echo.send(), echo.send()];
  echo.failAll(new Error('the link fell'));
  for (const one of waiting) await assert.rejects(one, { message: 'the link fell' });
  const later = echo.send();
  echo.receive(Buffer.from(sent[2] ?? ''));
  assert.ok((await later) >= 0);
});
