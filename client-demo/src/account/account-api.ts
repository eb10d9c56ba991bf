import { requestJson, sendJson } from '../request-json.ts';
import type {
  PasswordChange,
  PasswordReset,
  ProviderSignIn,
  SignedIn,
  SignIn,
  SignUp,
  Visit,
} from './account.ts';

/**
 * The server's account routes, which know the browser by its cookies. Each call throws AnswerError
 * when the server refuses.
 */
export interface AccountApi {
  /** The account of this session, or a guest. The answer does not give the token's end. */
  read(): Promise<Visit>;
  signUp(fields: SignUp): Promise<SignedIn>;
  signIn(fields: SignIn): Promise<SignedIn>;
  /** Begins a sign-in by the provider, at the address of the answer. */
  beginAtProvider(fields: ProviderSignIn): Promise<{ url: string }>;
  /** Sets a new password by a link. */
  reset(fields: PasswordReset): Promise<SignedIn>;
  signOut(): Promise<void>;
  changePassword(fields: PasswordChange): Promise<SignedIn>;
  /** Renews the token, and the open stream with this id. */
  renew(stream: string | undefined): Promise<{ expiresAt: string }>;
}

/** The account routes of the server at `base`; '' is the page's own server. */
export function openAccountApi(base = ''): AccountApi {
  return {
    read: () => requestJson(`${base}/session?guest=ok`),
    signIn: (fields) => sendJson('POST', `${base}/session`, fields),
    beginAtProvider: (fields) => sendJson('POST', `${base}/session/openid`, fields),
    changePassword: (fields) => sendJson('POST', `${base}/session/password`, fields),
    reset: (fields) => sendJson('POST', `${base}/session/reset`, fields),
    signOut: () => sendJson('DELETE', `${base}/session`),
    renew: (stream) => sendJson('POST', `${base}/session/renew`, stream ? { stream } : {}),
    signUp: (fields) => sendJson('POST', `${base}/users`, fields),
  };
}
