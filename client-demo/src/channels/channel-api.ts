import { sendJson } from '../request-json.ts';

/** Closes a channel or opens it again. Only administrators may. @throws AnswerError */
export function putClosed(channel: string, closed: boolean): Promise<void> {
  return sendJson(closed ? 'PUT' : 'DELETE', `/chat/${encodeURIComponent(channel)}/closed`);
}
