import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { connect, type Message } from '@parley/client';
import express, { type ErrorRequestHandler } from 'express';
import { Server } from 'socket.io';

/** A chat of Socket.IO (events `data`, `upvote`, `downvote`, `get_previous_messages`) on a channel of Parley. */
const { PARLEY_URL = 'http://127.0.0.1:8080', HOST = '127.0.0.1', PORT = '3002' } = process.env;
const CHANNEL = 'socket-io';
type Fields = Record<string, unknown>;
type Person = ReturnType<typeof personOf>;

const channel = connect(PARLEY_URL, { presence: false }).channel(CHANNEL);
await new Promise<void>((resolve, reject) => {
  channel.on('live', () => resolve());
  channel.on('error', reject);
});

/** Who asks, by the cookie that has the secret of a session of Parley; without one a guest. */
function personOf(request: IncomingMessage) {
  const session = /(?:^|;\s*)session=([\w.-]+)/.exec(request.headers.cookie ?? '')?.[1];
  // With TRUSTED_PROXIES, Parley counts its limits by the address of each person.
  const asPerson: typeof fetch = (url, init) => {
    const headers = new Headers(init?.headers);
    headers.set('X-Forwarded-For', request.socket.remoteAddress ?? '');
    return fetch(url, { ...init, headers });
  };
  const call = async (path: string, method: string, sent?: Fields, more?: object) => {
    const headers = { 'Content-Type': 'application/json', ...more };
    const body = sent && { body: JSON.stringify(sent) };
    const answer = await asPerson(new URL(path, PARLEY_URL), { method, headers, ...body });
    const fields = (await answer.json()) as Fields;
    const { status } = answer;
    if (!answer.ok) throw Object.assign(new Error(String(fields.detail)), { status });
    const secret = /parley-session=([^;]+)/.exec(answer.headers.getSetCookie().join())?.[1];
    return { ...fields, secret } as Fields;
  };
  const token = async () => {
    const headers = { Cookie: `parley-session=${session}` };
    return String((await call('/session/renew', 'POST', {}, headers)).token);
  };
  return {
    isKnown: session !== undefined,
    options: { fetch: asPerson, ...(session !== undefined && { token }) },
    ask: async (path: string, method: string, sent?: Fields) =>
      call(path, method, sent, session ? { Authorization: `Bearer ${await token()}` } : {}),
  };
}

const CALLS: Record<string, (person: Person, fields: Fields) => Promise<Fields>> = {
  '/signup': (person, { name, ...more }) =>
    person.ask('/users', 'POST', { username: name, ...more }),
  '/login': (person, fields) => person.ask('/session', 'POST', fields),
  // Parley shows addresses to their owners alone.
  '/get-username': async (person, { email }) => {
    const own: Fields = person.isKnown ? await person.ask('/session', 'GET') : {};
    if (email && own.email === email) return own;
    throw Object.assign(new Error('This is not your address.'), { status: 404 });
  },
};
const app = express().use(express.json({ limit: '16kb' }));
for (const [path, act] of Object.entries(CALLS))
  app.post(path, async (request, response) => {
    const { secret, username, email } = await act(personOf(request), request.body ?? {});
    if (secret) response.cookie('session', secret, { httpOnly: true, sameSite: 'strict' });
    response.json({ username, email });
  });
app.use(((error, _request, response, _next) => {
  response.status(error.status ?? 503).json({ error: error.message });
}) as ErrorRequestHandler);

const server: HttpServer = app.listen(Number(PORT), HOST, () => {
  const { port } = server.address() as { port: number };
  console.log(JSON.stringify({ url: `http://${HOST}:${port}` }));
});
const io = new Server(server, {
  serveClient: false,
  maxHttpBufferSize: 32_000,
  // A page of another site must not speak for its visitor.
  allowRequest: ({ headers: { origin, host } }, allow) => {
    const isOwn = !origin || URL.parse(origin)?.host === host;
    allow(null, isOwn && io.engine.clientsCount < 1_000);
  },
});

// One stream for all: each event once and in order, also after Parley was away.
channel.on('*', (event) => {
  if (event.kind === 'message') {
    const { user, message, ...shown } = shownOf(event);
    const { id = '' } = (event.data ?? {}) as { id?: string };
    io.to('live').emit('data', { data: { message, user }, id, user, message, ...shown });
  } else if (event.kind === 'vote') {
    const ulid = `${event.epoch}:${event.ref}`;
    io.to('live').emit('upvote', { upvote: event.up, ulid });
    io.to('live').emit('downvote', { downvote: event.down, ulid });
  }
});

function shownOf({ id, username, message, up, down }: Message) {
  return { ulid: id, user: username, message, upvote: up, downvote: down };
}

io.on('connection', (socket) => {
  const person = personOf(socket.request);
  const own = connect(PARLEY_URL, person.options);
  const posts = own.channel(CHANNEL);
  let waiting = 0;
  socket.join('live');
  socket.once('disconnect', () => own.close());
  const on = (name: string, act: (given: Fields) => Promise<unknown>) =>
    socket.on(name, async (given: unknown) => {
      waiting++;
      try {
        if (waiting > 20) throw new Error('More than 20 of your requests wait.');
        await act(typeof given === 'object' && given !== null ? { ...given } : {});
      } catch (error) {
        socket.emit('data', { error: (error as Error).message });
      } finally {
        waiting--;
      }
    });
  on('data', ({ message, user }) => {
    const author = !person.isKnown && { username: String(user ?? '') };
    return posts.send(String(message ?? ''), { ...author, data: { id: socket.id } });
  });
  on('get_previous_messages', async () => {
    // Until it has the past, nothing new: so no message comes twice.
    socket.leave('live');
    try {
      socket.emit('previous_messages', await past());
    } finally {
      socket.join('live');
    }
  });
  for (const [name, value] of [['upvote', 1] as const, ['downvote', -1] as const])
    on(name, ({ msgulid }) => {
      const [, epoch, seq] = /^(\w+):(\d+)$/.exec(String(msgulid)) ?? [];
      if (!channel.position?.startsWith(`${epoch}:`)) throw new Error('There is no such message.');
      return person.ask(`/chat/${CHANNEL}/events/${seq}/vote`, 'PUT', { value });
    });
});

/** The newest messages up to the last one that everyone got, which the page must have. */
async function past(): Promise<object[]> {
  const { events, head } = await channel.history();
  const given = Number(channel.position?.split(':')[1] ?? 0);
  if (head < given) return past();
  return events
    .filter((event): event is Message => event.kind === 'message' && event.seq <= given)
    .flatMap((event) => (event.deleted ? [] : [shownOf(event)]));
}
