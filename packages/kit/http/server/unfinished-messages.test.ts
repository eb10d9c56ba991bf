import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { until } from '@parley/testkit/until.ts';
import type { WebSocket } from 'ws';
import { Metrics } from '../../metrics.ts';
import { UnfinishedMessages } from './unfinished-messages.ts';
import { webSocketServer } from './web-socket-server.ts';

const HEAD = [
  'GET / HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '',
  '',
].join('\r\n');

/** A masked text frame (RFC 6455 section 5.2), its mask zero. */
function frame(text: string, { isLast, isFirst }: { isLast: boolean; isFirst: boolean }): Buffer {
  const length = Buffer.from([0xfe, text.length >> 8, text.length & 255]);
  const opcode = (isLast ? 0x80 : 0) | (isFirst ? 1 : 0);
  return Buffer.concat([Buffer.from([opcode]), length, Buffer.alloc(4), Buffer.from(text)]);
}

/** A server whose WebSockets `onOpen` gets; returns how to open one more. */
async function startServer(t: TestContext, onOpen: (webSocket: WebSocket) => void) {
  const metrics = new Metrics();
  const sockets = webSocketServer({ maxFrameBytes: 65_536, serverName: 'test', metrics });
  const server = createServer().listen(0, '127.0.0.1');
  server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => undefined);
      onOpen(webSocket);
    }),
  );
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    t.after(() => socket.destroy());
    socket.write(HEAD);
    await once(socket, 'data');
    return socket.resume();
  };
  return { metrics, open };
}

test('beyond the bound over all WebSockets the one whose message began first is cut', async (t) => {
  const own = new Metrics();
  const unfinished = new UnfinishedMessages(own, 10_000);
  const texts: string[] = [];
  const { open } = await startServer(t, (webSocket) => {
    unfinished.watch(webSocket);
    webSocket.on('message', (data) => texts.push(String(data).slice(-4)));
  });
  const metric = async (name: string) =>
    Number((await own.registry.getSingleMetric(name)?.get())?.values[0]?.value);

  const slow = await open();
  slow.write(frame('a'.repeat(6_000), { isFirst: true, isLast: false }));
  await until('its part counts', async () => {
    return (await metric('parley_websocket_unfinished_bytes')) === 6_000;
  });
  const other = await open();
  const cut = once(slow, 'close');
  other.write(frame('b'.repeat(5_000), { isFirst: true, isLast: false }));
  await cut;
  other.write(frame('last', { isFirst: false, isLast: true }));
  await until('the other message is whole', () => texts.length > 0);
  assert.deepEqual(texts, ['last']);
  await until('nothing is unfinished', async () => {
    return (await metric('parley_websocket_unfinished_bytes')) === 0;
  });
  assert.equal(await metric('parley_websocket_unfinished_cut_total'), 1);
});

test('a message in more than 1,024 fragments ends its WebSocket', async (t) => {
  const { open } = await startServer(t, () => undefined);
  const socket = await open();
  const closed = once(socket, 'close');
  const part = frame('x', { isFirst: false, isLast: false });
  socket.write(frame('x', { isFirst: true, isLast: false }));
  socket.write(Buffer.concat(Array<Buffer>(1_100).fill(part)));
  const [bytes] = await once(socket, 'data');
  // Close frame 1008, "policy violation" (RFC 6455 section 7.4.1).
  assert.equal((bytes as Buffer).readUInt16BE(2), 1008);
  await closed;
});
