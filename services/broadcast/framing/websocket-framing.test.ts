import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { encodeEventFrame } from '@parley/contract/streams/sse.ts';
import { WebSocketServer } from 'ws';
import { webSocketFraming } from './websocket-framing.ts';

/** The texts that a WebSocket client reads from bytes written directly to its connection. */
async function readTexts(bytes: Buffer, count: number): Promise<unknown[]> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (_, { socket }) => void socket.write(bytes));
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const texts: unknown[] = [];
  await new Promise<void>((resolve, reject) => {
    client.onmessage = ({ data }) => {
      if (texts.push(JSON.parse(data)) === count) resolve();
    };
    client.onerror = () => reject(new Error('the client could not read the frames'));
  });
  client.close();
  server.close();
  return texts;
}

for (const length of [0, 100, 200, 65_400, 65_600, 100_000]) {
  test(`a WebSocket client can read a hello with a name of ${length} bytes`, async () => {
    const hello = { server: 'x'.repeat(length), channel: 'c', epoch: null, head: 0, stream: 'i.s' };
    const texts = await readTexts(webSocketFraming.hello(hello), 1);
    assert.deepEqual(texts, [{ type: 'hello', ...hello }]);
  });
}

test('each event framed as Server-Sent Events becomes one text, with any characters', async () => {
  const said = ['plain', 'data: no frame', 'line\nbreak\r\n\r\n', '\\n\\n', 'ß😀'];
  const events = said.map((message, i) => ({
    channel: 'c',
    epoch: 'e',
    seq: i + 1,
    id: `e:${i + 1}`,
    kind: 'message' as const,
    at: '2026-01-01T00:00:00.000Z',
    username: 'ada',
    message,
    up: 0,
    down: 0,
  }));
  const frames = Buffer.from(events.map(encodeEventFrame).join(''));
  assert.deepEqual(await readTexts(webSocketFraming.events(frames), said.length), events);
});
