import { sendJson } from '../request-json.ts';

const pathOf = (channel: string) => `/chat/${encodeURIComponent(channel)}`;

/** Closes a channel or opens it again. Only administrators may. @throws AnswerError */
export function putClosed(channel: string, closed: boolean): Promise<void> {
  return sendJson(closed ? 'PUT' : 'DELETE', `${pathOf(channel)}/closed`);
}

/** Archives a channel: it is closed, and not listed. Only administrators may. @throws AnswerError */
export function archive(channel: string): Promise<void> {
  return sendJson('PUT', `${pathOf(channel)}/archived`, { archived: true });
}

/** Deletes a channel for everyone. Only administrators may. @throws AnswerError */
export function deleteChannel(channel: string): Promise<void> {
  return sendJson('DELETE', pathOf(channel));
}
