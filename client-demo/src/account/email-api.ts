import { requestJson, sendJson } from '../request-json.ts';

/** The address of the account that is signed in; empty without one. @throws AnswerError */
export function readEmail(): Promise<{ email: string; emailConfirmed: boolean }> {
  return requestJson('/session');
}

/** Has a link sent to a new address. Resolves with the server's words, if a mail is sent. @throws AnswerError */
export async function changeEmail(password: string, email: string): Promise<string | undefined> {
  return detailOf(await sendJson('POST', '/session/email', { password, email }));
}

/** Has a link for a new password sent. Resolves with the server's words. @throws AnswerError */
export async function forgotPassword(login: string): Promise<string | undefined> {
  return detailOf(await sendJson('POST', '/session/forgot', { login }));
}

/** Confirms an address by the secret of a link. @throws AnswerError */
export function confirmEmail(confirm: string): Promise<void> {
  return sendJson('POST', '/session/confirm', { confirm });
}

function detailOf(answer: { detail: string } | undefined): string | undefined {
  return answer?.detail;
}
