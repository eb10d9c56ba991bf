import type { ChatMessage } from '@parley/contract/events/event.ts';
import { sendJson } from '../request-json.ts';
import type { Tally, Vote } from './vote.ts';

/** The channel and seq of a message. */
type Place = Pick<ChatMessage, 'channel' | 'seq'>;

/** Votes on a message; resolves with the message's tally. @throws AnswerError */
export function putVote(place: Place, value: Vote): Promise<Tally> {
  return sendJson('PUT', `${urlOf(place)}/vote`, { value });
}

/** Changes the text of the caller's own message. @throws AnswerError */
export function editMessage(place: Place, message: string): Promise<ChatMessage> {
  return sendJson('PATCH', urlOf(place), { message });
}

/** Deletes a message: the caller's own, or any as an administrator. @throws AnswerError */
export function deleteMessage(place: Place): Promise<void> {
  return sendJson('DELETE', urlOf(place));
}

function urlOf({ channel, seq }: Place): string {
  return `/chat/${encodeURIComponent(channel)}/events/${seq}`;
}
