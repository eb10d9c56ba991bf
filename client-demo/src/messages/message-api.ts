import type { Message } from '@parley/client';
import { sendJson } from '../request-json.ts';
import type { Tally, Vote } from './vote.ts';

/** The channel and seq of a message. */
type MessageRef = Pick<Message, 'channel' | 'seq'>;

/** Votes on a message; resolves with the message's tally. @throws AnswerError */
export function putVote(ref: MessageRef, value: Vote): Promise<Tally> {
  return sendJson('PUT', `${urlOf(ref)}/vote`, { value });
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
