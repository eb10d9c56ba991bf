import type { ChatMessage } from '@parley/contract/event.ts';
import { sendJson } from './request-json.ts';
import type { Tally, Vote } from './vote.ts';

/** Where a message is in the log. */
type Place = Pick<ChatMessage, 'channel' | 'seq'>;

/** Votes on a message; resolves with its tally. @throws AnswerError */
export function putVote(place: Place, value: Vote): Promise<Tally> {
  return sendJson('PUT', `${urlOf(place)}/vote`, { value });
}

/** Gives one's own message other words. @throws AnswerError */
export function editMessage(place: Place, message: string): Promise<ChatMessage> {
  return sendJson('PATCH', urlOf(place), { message });
}

/** Deletes a message: one's own, or an administrator any. @throws AnswerError */
export function deleteMessage(place: Place): Promise<void> {
  return sendJson('DELETE', urlOf(place));
}

function urlOf({ channel, seq }: Place): string {
  return `/chat/${encodeURIComponent(channel)}/events/${seq}`;
}
