import type { IncomingMessage } from 'node:http';
import { connect, type LogEvent, type ParleyError } from '@parley/client';
import { type RawData, WebSocket, WebSocketServer } from 'ws';

/**
 * A room of raw WebSockets: `{"message": "…"}` in, `{"action": "message", "message": "Name: text"}` to
 * all with the sender, `Name joined chat.` and `Name exited chat.` The room is a channel of Parley.
 */
const {
  PARLEY_URL = 'http://127.0.0.1:8080',
  HOST = '127.0.0.1',
  PORT = '3001',
  ROOM = 'room',
} = process.env;
const PEOPLE_MAX = 1_000;
/** Messages of one person that wait for Parley. */
const WAITING_MAX = 20;
/** Unsent bytes at which a slow person is cut off. */
const UNSENT_BYTES = 1_000_000;
const PING_MS = 30_000;
/** A message has at most 4,000 characters, of at most 4 bytes, or 6 as an escape. */
const PAYLOAD_BYTES = 32_000;

const parley = connect(PARLEY_URL, { presence: false });
const room = parley.channel(ROOM);
await new Promise<void>((resolve, reject) => {
  room.on('live', () => resolve());
  room.on('error', reject);
});

const server = new WebSocketServer({
  host: HOST,
  port: Number(PORT),
  maxPayload: PAYLOAD_BYTES,
  // A page of another site must not speak for its visitor.
  verifyClient: ({ origin, req }: { origin?: string; req: IncomingMessage }) =>
    server.clients.size < PEOPLE_MAX && (!origin || URL.parse(origin)?.host === req.headers.host),
});

server.on('listening', () => {
  const { port } = server.address() as { port: number };
  console.log(JSON.stringify({ url: `http://${HOST}:${port}` }));
});

server.on('connection', async (socket, request) => {
  const username = new URL(request.url ?? '/', 'http://example').searchParams.get('name') ?? '';
  socket.on('error', () => socket.terminate());
  // What is sent before the name is accepted waits behind it, because a channel keeps the order of posts.
  const joined = room.emit('joined', null, { username });
  let waiting = 0;
  socket.on('message', async (payload) => {
    waiting++;
    try {
      if (waiting > WAITING_MAX) throw new Error(`More than ${WAITING_MAX} messages wait.`);
      const text = textOf(payload);
      await joined;
      await room.send(text, { username });
    } catch (error) {
      send(socket, { action: 'error', message: (error as Error).message });
    } finally {
      waiting--;
    }
  });
  socket.once('close', () => {
    const leave = () => room.emit('exited', null, { username }).catch(report);
    joined.then(leave, () => undefined);
  });
  await joined.catch(({ message }: ParleyError) => {
    send(socket, { action: 'error', message });
    socket.close(1008, 'refused');
  });
});

// One stream for all: each event once and in order, also after Parley was away.
room.on('*', (event: LogEvent) => {
  const message = lineOf(event);
  if (message === undefined) return;
  for (const socket of server.clients) send(socket, { action: 'message', message });
});

function lineOf(event: LogEvent): string | undefined {
  if (event.kind === 'message') return `${event.username}: ${event.message}`;
  const isOurs = event.kind === 'event' && (event.type === 'joined' || event.type === 'exited');
  return isOurs ? `${event.username} ${event.type} chat.` : undefined;
}

function textOf(payload: RawData): string {
  const { message } = JSON.parse(String(payload)) as { message?: unknown };
  if (typeof message !== 'string') throw new Error('Send {"message": "<text>"}.');
  return message;
}

function send(socket: WebSocket, frame: { action: string; message: string }): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify(frame));
  if (socket.bufferedAmount > UNSENT_BYTES) socket.terminate();
}

function report(error: ParleyError): void {
  console.error(JSON.stringify({ code: error.code, message: error.message }));
}

// Ends connections whose other side has vanished.
const answered = new WeakSet<WebSocket>();
setInterval(() => {
  for (const socket of server.clients) {
    if (!answered.delete(socket)) socket.terminate();
    else socket.ping();
  }
}, PING_MS);
server.on('connection', (socket) => {
  answered.add(socket);
  socket.on('pong', () => answered.add(socket));
});
