import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Message, type ParleyError } from '@parley/client';

/**
 * Publish and receive by path: `POST /chat/publish/:channel/:user` stores its raw body as a message of
 * the user, and `GET /chat/receive/:channel` streams `{id, userId, message}` as Server-Sent Events.
 */
const {
  PARLEY_URL = 'http://127.0.0.1:8080',
  HOST = '127.0.0.1',
  PORT = '3000',
  PARLEY_TOKEN,
} = process.env;
/** A message has at most 4,000 characters, of at most 4 bytes. */
const BODY_BYTES = 16_000;
const READERS_MAX = 1_000;
/** Unsent bytes at which a slow reader is cut. It returns with its Last-Event-ID. */
const UNSENT_BYTES = 1_000_000;
const PATH = /^\/chat\/(?:publish\/([^/]+)\/([^/]+)|receive\/([^/]+))$/;

const options = PARLEY_TOKEN ? { token: async () => PARLEY_TOKEN } : {};
const poster = connect(PARLEY_URL, options);
let readers = 0;

const server = createServer(async (request, response) => {
  try {
    const { pathname } = new URL(request.url ?? '/', 'http://example');
    const [, channel, user, received] = PATH.exec(pathname)?.map(decode) ?? [];
    if (request.headers['sec-fetch-site'] === 'cross-site')
      throw refusal(403, 'cross-site', 'a page of another site cannot use this server');
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    if (channel && user && method === 'POST')
      return await publish(request, response, { channel, user });
    if (received && method === 'GET') return receive(request, response, received);
    const known = channel ?? received;
    answer(response, known ? 405 : 404, { error: known ? 'method' : 'not-found' });
  } catch (error) {
    const { status = 400, code = 'bad-request', message } = error as ParleyError;
    answer(response, status || 503, { error: code, message });
  }
});

server.listen(Number(PORT), HOST, () => {
  const { port } = server.address() as { port: number };
  console.log(JSON.stringify({ url: `http://${HOST}:${port}` }));
});

function decode(part: string | undefined): string | undefined {
  return part === undefined ? undefined : decodeURIComponent(part);
}

/** Answers 201 when the message is stored. A message without a key is stored again by a repeat. */
async function publish(
  request: IncomingMessage,
  response: ServerResponse,
  { channel, user }: { channel: string; user: string },
): Promise<void> {
  const message = await readText(request);
  const key = request.headers['idempotency-key'];
  const ended = new AbortController();
  response.once('close', () => ended.abort());
  let tooMany: ParleyError | undefined;
  const { id } = await poster
    .channel(channel)
    .send(message, {
      ...(typeof key === 'string' && { key }),
      ...(!PARLEY_TOKEN && { username: user }),
      signal: ended.signal,
      // Repeats while Parley is away, but leaves it to the client when it sends too much.
      onRepeat: (error) => {
        if (error.status !== 429) return;
        tooMany = error;
        ended.abort();
      },
    })
    .catch((error) => Promise.reject(tooMany ?? error));
  answer(response, 201, { id, userId: user, message });
}

/** The body as it is, with any Content-Type: a form arrives as its text. */
async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > BODY_BYTES) throw refusal(413, 'too-large', `at most ${BODY_BYTES} bytes`);
    parts.push(part);
  }
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts));
}

/** Every message once and in order, from now or after Last-Event-ID. */
function receive(request: IncomingMessage, response: ServerResponse, name: string): void {
  if (readers >= READERS_MAX) throw refusal(503, 'too-many-readers', 'try again later');
  readers++;
  const client = connect(PARLEY_URL, { ...options, presence: false });
  response.once('close', () => {
    readers--;
    client.close();
  });
  const after = request.headers['last-event-id'];
  const channel = client.channel(name, typeof after === 'string' ? { after } : {});
  const open = () => {
    if (!response.headersSent)
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  };
  channel.on('error', (error) => {
    if (response.headersSent) response.end();
    else answer(response, error.status || 503, { error: error.code, message: error.message });
  });
  // The answer begins when every message from here on arrives.
  channel.on('live', () => {
    open();
    response.write(': live\n\n');
  });
  channel.on('message', ({ id, username, message }: Message) => {
    open();
    const data = JSON.stringify({ id, userId: username, message });
    response.write(`id: ${id}\ndata: ${data}\n\n`);
    if (response.writableLength > UNSENT_BYTES) response.destroy();
  });
}

function refusal(status: number, code: string, message: string): Error {
  return Object.assign(new Error(message), { status, code });
}

function answer(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}
