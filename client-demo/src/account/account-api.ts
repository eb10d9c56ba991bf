import { requestJson, send, sendJson } from '../request-json.ts';
import type {
  PasswordChange,
  PasswordReset,
  ProviderSignIn,
  SignedIn,
  SignIn,
  SignUp,
  Visit,
} from './account.ts';

/** The `Date` of an answer has whole seconds (RFC 9110 section 5.6.7): it may be this much older. */
const DATE_STEP_MS = 1_000;

/**
 * The server's account routes, which know the browser by its cookies. Each call throws AnswerError
 * when the server refuses. The end of a token is by the browser's clock, which may differ from the
 * server's.
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
    signIn: (fields) => begin(`${base}/session`, fields),
    beginAtProvider: (fields) => sendJson('POST', `${base}/session/openid`, fields),
    changePassword: (fields) => begin(`${base}/session/password`, fields),
    reset: (fields) => begin(`${base}/session/reset`, fields),
    signOut: () => sendJson('DELETE', `${base}/session`),
    renew: (stream) => begin(`${base}/session/renew`, stream ? { stream } : {}),
    signUp: (fields) => begin(`${base}/users`, fields),
  };
}

/** A call that is answered with a new token's end. */
async function begin<T extends { expiresAt: string }>(url: string, fields: object): Promise<T> {
  const response = await send('POST', url, fields);
  const answeredAt = Date.parse(response.headers.get('date') ?? '') + DATE_STEP_MS;
  const session = (await response.json()) as T;
  const leftMs = Date.parse(session.expiresAt) - answeredAt;
  if (Number.isNaN(leftMs)) return session;
  return { ...session, expiresAt: new Date(Date.now() + leftMs).toISOString() };
}
