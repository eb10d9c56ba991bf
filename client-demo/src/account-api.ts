import type { PasswordChange, SignedIn, SignIn, SignUp, Visit } from './account.ts';
import { requestJson, sendJson } from './request-json.ts';

/** The server's side of accounts, by its cookies. Each call throws AnswerError for a refusal. */
export interface AccountApi {
  /** Whose session it is, if anybody's; how long its token holds is not said. */
  read(): Promise<Visit>;
  signUp(fields: SignUp): Promise<SignedIn>;
  signIn(fields: SignIn): Promise<SignedIn>;
  signOut(): Promise<void>;
  changePassword(fields: PasswordChange): Promise<SignedIn>;
  /** Renews the token, and with it the open stream of that id. */
  renew(stream: string | undefined): Promise<{ expiresAt: string }>;
}

/** The accounts of the server at `base`, '' for the page's own. */
export function openAccountApi(base = ''): AccountApi {
  return {
    read: () => requestJson(`${base}/session?guest=ok`),
    signIn: (fields) => sendJson('POST', `${base}/session`, fields),
    changePassword: (fields) => sendJson('POST', `${base}/session/password`, fields),
    signOut: () => sendJson('DELETE', `${base}/session`),
    renew: (stream) => sendJson('POST', `${base}/session/renew`, stream ? { stream } : {}),
    signUp: (fields) => sendJson('POST', `${base}/users`, fields),
  };
}
