import type { ChatEvent } from '@parley/contract/events/event.ts';
import { type Answer, ask } from '@parley/testkit/clients/ask.ts';
import { until } from '@parley/testkit/until.ts';
import { connectDevice } from './mqtt-reads.ts';
import { mark, readSocket } from './reads.ts';
import { type Deployment, hasAccount, type User } from './users.ts';

/** An attempt to write in a channel; `seq` is that of another user's message. */
export interface Attempt {
  deployment: Deployment;
  user: User;
  channel: string;
  seq: number;
}

/** The outcome: the status, or `stored` or `refused` for ways without a status. */
type Write = (attempt: Attempt) => Promise<number | 'stored' | 'refused'>;

/** What a user posts: a draft's fields. */
type Fields = Record<string, unknown>;

export const KINDS = ['message', 'event', 'signal'] as const;
export type Kind = (typeof KINDS)[number];

/** A draft with a text; that of a typed event or signal is its data. An account has its own name. */
export function draftOf({ name }: User, kind: Kind, text: string): Fields {
  const username = hasAccount(name) ? undefined : name;
  if (kind === 'message') return { username, message: text };
  return { username, type: 'probe', data: text, ...(kind === 'signal' && { store: false }) };
}

/** The text of a message or of a typed event of this test. */
export function textOf(event: ChatEvent): string {
  if (event.kind === 'message') return event.message;
  return event.kind === 'event' ? event.data : '';
}

async function send(
  { deployment, user }: Attempt,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const { headers } = await user.show();
  return ask(method, deployment.parley.url + path, headers, body);
}

/** A way to post, whose outcome is a status over HTTP only. */
interface WayToPost {
  transport: 'HTTP' | 'WebSocket' | 'MQTT';
  send(attempt: Attempt, fields: Fields): ReturnType<Write>;
}

const post = (prefix: string): WayToPost => ({
  transport: 'HTTP',
  send: async (attempt, fields) =>
    (await send(attempt, 'POST', `${prefix}/${attempt.channel}`, fields)).status,
});

/** Posts by a WebSocket of the channel, or by one that subscribes to no channel. */
const postBySocket = (many: boolean): WayToPost => ({
  transport: 'WebSocket',
  async send({ deployment, user, channel }, fields) {
    const place = { url: deployment.parley.url, stream: { query: '' }, ...(!many && { channel }) };
    using reading = await readSocket(place, user);
    if (!reading.allowed) return 'refused';
    const { socket } = reading;
    socket.send({ type: 'message', ...fields, ...(many && { channel }) });
    const answers = () => [...socket.answers('ack'), ...socket.answers('error')];
    await until('it was answered', () => answers().length > 0);
    return answers()[0]?.type === 'ack' ? 'stored' : 'refused';
  },
});

/** Ways to post one message, typed event or signal. */
export const POST: Record<string, WayToPost> = {
  post: post('/chat'),
  alias: post('/api/chat'),
  webSocket: postBySocket(false),
  manyWebSocket: postBySocket(true),
  inbox: {
    transport: 'MQTT',
    async send({ deployment, user, channel }, fields) {
      const device = await connectDevice(deployment, user);
      if (!device) return 'refused';
      const text = JSON.stringify({ ...fields, token: user.token });
      const cut = new Promise<'refused'>((resolve) =>
        device.once('close', () => resolve('refused')),
      );
      const taken = device.publishAsync(`chat/inbox/${channel}`, text, { qos: 1 });
      const outcome = await Promise.race([
        cut,
        taken.then(
          () => 'stored' as const,
          () => cut,
        ),
      ]);
      await device.endAsync(true);
      return outcome;
    },
  },
};

const THUMB = '/reactions/%F0%9F%91%8D';

/** Ways to change another user's message, and the channel itself. */
export const CHANGE: Record<string, Write> = {
  vote: async (attempt) => (await event(attempt, 'PUT', '/vote', { value: 1 })).status,
  'vote by alias': async (attempt) => {
    const path = `/api/chat/${attempt.channel}/events/${attempt.seq}/vote`;
    return (await send(attempt, 'PUT', path, { value: -1 })).status;
  },
  react: async (attempt) => (await event(attempt, 'PUT', THUMB)).status,
  'take a reaction back': async (attempt) => (await event(attempt, 'DELETE', THUMB)).status,
  'react by alias': async (attempt) => {
    const path = `/api/chat/${attempt.channel}/events/${attempt.seq}${THUMB}`;
    return (await send(attempt, 'PUT', path)).status;
  },
  'edit of another': async (attempt) =>
    (await event(attempt, 'PATCH', '', { message: 'x' })).status,
  'delete of another': async (attempt) => (await event(attempt, 'DELETE', '')).status,
  close: async (attempt) => (await send(attempt, 'PUT', `/chat/${attempt.channel}/closed`)).status,
  /** To another name and back: a channel that its user may not rename keeps its name. */
  rename: async (attempt) => {
    const to = await rename(attempt, attempt.channel, `${attempt.channel}x`);
    return to === 200 ? rename(attempt, `${attempt.channel}x`, attempt.channel) : to;
  },
  archive: async (attempt) => (await archive(attempt, true)).status,
  unarchive: async (attempt) => (await archive(attempt, false)).status,
  mute: async (attempt) => (await mute(attempt, 'PUT', { until: '2999-01-01T00:00:00Z' })).status,
  unmute: async (attempt) => (await mute(attempt, 'DELETE')).status,
  'list of mutes': async (attempt) =>
    (await send(attempt, 'GET', `/chat/${attempt.channel}/muted`)).status,
  reopen: async (attempt) =>
    (await send(attempt, 'DELETE', `/chat/${attempt.channel}/closed`)).status,
};

async function rename(attempt: Attempt, channel: string, name: string): Promise<number> {
  return (await send(attempt, 'PUT', `/chat/${channel}/name`, { name })).status;
}

function archive(attempt: Attempt, archived: boolean): Promise<Answer> {
  return send(attempt, 'PUT', `/chat/${attempt.channel}/archived`, { archived });
}

function mute(attempt: Attempt, method: string, body?: object): Promise<Answer> {
  return send(attempt, method, `/chat/${attempt.channel}/muted/muted`, body);
}

function event(attempt: Attempt, method: string, tail: string, body?: object): Promise<Answer> {
  return send(attempt, method, `/chat/${attempt.channel}/events/${attempt.seq}${tail}`, body);
}

/** Edits and deletes the user's own message. */
export async function changeOwn(attempt: Attempt, own: ChatEvent): Promise<number[]> {
  const at = { ...attempt, seq: own.seq };
  const edited = await event(at, 'PATCH', '', { message: `edited ${mark(attempt.channel)}` });
  return [edited.status, (await event(at, 'DELETE', '')).status];
}

interface Poster {
  deployment: Deployment;
  user: Pick<User, 'show'>;
}

/** A post: a line of a batch, or alone. */
export interface Line {
  channel: string;
  fields: Fields;
  key?: string;
}

/** An answer to a post: its body, without what names the request, and its status. */
export type PostAnswer = Record<string, unknown> & { status: number };

/** Posts one batch; resolves with the answer to each line. */
export async function postBatch(
  { deployment, user }: Poster,
  lines: Line[],
): Promise<PostAnswer[]> {
  const { headers } = await user.show();
  const texts = lines.map(({ channel, fields, key }) =>
    JSON.stringify({ channel, key, ...fields }),
  );
  const answer = await fetch(`${deployment.parley.url}/chat`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/x-ndjson' },
    body: texts.join('\n'),
  });
  const answers = (await answer.text()).trimEnd().split('\n');
  return answers.map((text) => JSON.parse(text));
}

/** Posts a line alone, over HTTP. */
export async function postAlone(
  { deployment, user }: Poster,
  { channel, fields, key }: Line,
): Promise<PostAnswer> {
  const { headers } = await user.show();
  const all = { ...headers, ...(key !== undefined && { 'Idempotency-Key': key }) };
  const url = `${deployment.parley.url}/chat/${channel}`;
  const { status, body } = await ask('POST', url, all, fields);
  const { instance: _, ...answer } = body ?? {};
  return { ...answer, status };
}
