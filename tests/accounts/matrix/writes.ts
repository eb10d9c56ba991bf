import type { ChatEvent } from '@parley/contract/events/event.ts';
import { type Answer, ask } from '@parley/testkit/clients/ask.ts';
import { until } from '@parley/testkit/until.ts';
import { connectDevice } from './mqtt-reads.ts';
import { mark, readSocket } from './reads.ts';
import type { Deployment, User } from './users.ts';

/** An attempt to write in a channel; `seq` is that of another user's message. */
export interface Attempt {
  deployment: Deployment;
  user: User;
  channel: string;
  seq: number;
}

/** The outcome: the status, or `stored` or `refused` for ways without a status. */
type Write = (attempt: Attempt) => Promise<number | 'stored' | 'refused'>;

/** The text that a user posts in a channel in one way. */
export const line = ({ name }: User, way: string, channel: string) =>
  `${name} by ${way} ${mark(channel)}`;

async function send(
  { deployment, user }: Attempt,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const { headers } = await user.show();
  return ask(method, deployment.parley.url + path, headers, body);
}

function post(way: string, prefix: string): Write {
  return async (attempt) => {
    const { user, channel } = attempt;
    const username = user.name === 'account' ? undefined : user.name;
    const fields = { username, message: line(user, way, channel) };
    return (await send(attempt, 'POST', `${prefix}/${channel}`, fields)).status;
  };
}

/** Ways to post. */
export const POST: Record<string, Write> = {
  post: post('post', '/chat'),
  alias: post('alias', '/api/chat'),
  async batch({ deployment, user, channel }) {
    const { headers } = await user.show();
    const username = user.name === 'account' ? undefined : user.name;
    const answer = await fetch(`${deployment.parley.url}/chat`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/x-ndjson' },
      body: JSON.stringify({ channel, username, message: line(user, 'batch', channel) }),
    });
    // One line has one answer.
    return JSON.parse(await answer.text()).status;
  },
  async webSocket({ deployment, user, channel }) {
    const url = deployment.parley.url;
    using reading = await readSocket({ url, channel, stream: { query: '' } }, user);
    if (!reading.allowed) return 'refused';
    const { socket } = reading;
    const username = user.name === 'account' ? undefined : user.name;
    socket.send({ type: 'message', username, message: line(user, 'webSocket', channel) });
    await until('the message was answered', () =>
      socket.others.some(({ type }) => type === 'ack' || type === 'error'),
    );
    return socket.answers('ack').length > 0 ? 'stored' : 'refused';
  },
  async inbox({ deployment, user, channel }) {
    const device = await connectDevice(deployment, user);
    if (!device) return 'refused';
    const username = user.name === 'account' ? undefined : user.name;
    const fields = { username, message: line(user, 'inbox', channel), token: user.token };
    const cut = new Promise<'refused'>((resolve) => device.once('close', () => resolve('refused')));
    const taken = device.publishAsync(`chat/inbox/${channel}`, JSON.stringify(fields), { qos: 1 });
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
};

/** Ways to post what is no message; their texts are in `data`. */
export const POST_EVENT: Record<'event' | 'signal', Write> = {
  event: postEvent('event', {}),
  signal: postEvent('signal', { store: false }),
};

function postEvent(way: string, more: object): Write {
  return async (attempt) => {
    const { user, channel } = attempt;
    const fields = { type: 'probe', data: line(user, way, channel), ...more };
    return (await send(attempt, 'POST', `/chat/${channel}`, fields)).status;
  };
}

/** Ways to change another user's message, and the channel itself. */
export const CHANGE: Record<string, Write> = {
  vote: async (attempt) => (await event(attempt, 'PUT', '/vote', { value: 1 })).status,
  'vote by alias': async (attempt) => {
    const path = `/api/chat/${attempt.channel}/events/${attempt.seq}/vote`;
    return (await send(attempt, 'PUT', path, { value: -1 })).status;
  },
  'edit of another': async (attempt) =>
    (await event(attempt, 'PATCH', '', { message: 'x' })).status,
  'delete of another': async (attempt) => (await event(attempt, 'DELETE', '')).status,
  close: async (attempt) => (await send(attempt, 'PUT', `/chat/${attempt.channel}/closed`)).status,
  reopen: async (attempt) =>
    (await send(attempt, 'DELETE', `/chat/${attempt.channel}/closed`)).status,
};

function event(attempt: Attempt, method: string, tail: string, body?: object): Promise<Answer> {
  return send(attempt, method, `/chat/${attempt.channel}/events/${attempt.seq}${tail}`, body);
}

/** Edits and deletes the user's own message. */
export async function changeOwn(attempt: Attempt, own: ChatEvent): Promise<number[]> {
  const at = { ...attempt, seq: own.seq };
  const edited = await event(at, 'PATCH', '', { message: `edited ${mark(attempt.channel)}` });
  return [edited.status, (await event(at, 'DELETE', '')).status];
}
