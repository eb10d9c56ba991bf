import type { Message, Page } from '@parley/client';
import { requestJson, sendJson } from '../request-json.ts';
import type { Tally, Vote } from './vote.ts';

/** The channel and seq of a message. */
type MessageRef = Pick<Message, 'channel' | 'seq'>;

/** Votes on a message; resolves with the message's tally. @throws AnswerError */
export function putVote(ref: MessageRef, value: Vote): Promise<Tally> {
  return sendJson('PUT', `${urlOf(ref)}/vote`, { value });
}

/** Adds the caller's reaction to a message, or takes it back. @throws AnswerError */
export function sendReaction(ref: MessageRef, emoji: string, added: boolean): Promise<unknown> {
  const url = `${urlOf(ref)}/reactions/${encodeURIComponent(emoji)}`;
  return sendJson(added ? 'PUT' : 'DELETE', url);
}

/** The messages of a part of the log, with the caller's own reactions. @throws AnswerError */
export async function readMine(first: MessageRef, last: MessageRef): Promise<Message[]> {
  const range = `after=${first.seq - 1}&before=${last.seq + 1}&limit=1000`;
  const url = `/chat/${encodeURIComponent(first.channel)}/events?${range}`;
  const { events } = await requestJson<Page>(url);
  return events.filter((event) => event.kind === 'message');
}

/** Changes the text of the caller's own message. @throws AnswerError */
export function editMessage(ref: MessageRef, message: string): Promise<Message> {
  return sendJson('PATCH', urlOf(ref), { message });
}

/** Deletes a message: the caller's own, or any as an administrator. @throws AnswerError */
export function deleteMessage(ref: MessageRef): Promise<void> {
  return sendJson('DELETE', urlOf(ref));
}

function urlOf({ channel, seq }: MessageRef): string {
  return `/chat/${encodeURIComponent(channel)}/events/${seq}`;
}
