import { ChatError } from '@parley/contract/problem.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import type { Request, Response } from 'express';
import { sessionSecret } from '../../accounts/cookies.ts';
import type { LiveSession, Sessions } from '../../accounts/sessions.ts';

/** The session of the secret in the cookie, or else the session of the token. */
export async function findSession(
  sessions: Sessions,
  request: Request,
  response: Response,
): Promise<LiveSession | undefined> {
  const secret = sessionSecret(request);
  const bySecret = secret === undefined ? undefined : await sessions.find(secret);
  const sid = identityOf(response).session;
  return bySecret ?? (sid === undefined ? undefined : sessions.findBySid(sid));
}

/** The session of a request. @throws ChatError `unauthenticated` */
export async function requireSession(
  sessions: Sessions,
  request: Request,
  response: Response,
): Promise<LiveSession> {
  const live = await findSession(sessions, request, response);
  if (live) return live;
  throw signedOut();
}

/** The error for a request without a session. */
export function signedOut(): ChatError {
  return new ChatError('unauthenticated', 'You are not signed in: POST /session.');
}
