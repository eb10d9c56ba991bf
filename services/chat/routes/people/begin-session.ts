import type { Renewal } from '@parley/contract/accounts/account.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Request, Response } from 'express';
import { sessionSecret, setCookies } from '../../accounts/cookies.ts';
import type { AccountParts } from '../../accounts/open-accounts.ts';
import type { Account } from '../../store/people/accounts.ts';

/** Sessions of one account, more than a person has browsers. One more ends the oldest session. */
const SESSIONS_MAX = 20;

/** A request for a session, its answer, and what they need. */
export interface SignInRequest {
  parts: AccountParts;
  request: Request;
  response: Response;
}

/**
 * Opens a session in place of the one that the browser had, and sets its cookies.
 * @throws ChatError `invalid-credentials` when the account was changed meanwhile
 */
export async function beginSession(
  account: Account,
  { parts, request, response }: SignInRequest,
): Promise<Renewal> {
  const { sessions, ends } = parts;
  const opened = await sessions.open(account);
  if (!opened) throw new ChatError('invalid-credentials', 'The password was changed just now.');
  const accountId = account.id;
  const secret = sessionSecret(request);
  const before = secret === undefined ? undefined : await sessions.find(secret);
  if (before) await ends.end({ accountId: before.account.id, only: before.session.sid });
  await ends.end({ accountId, keep: SESSIONS_MAX });
  const renewal = sessions.token(opened);
  const sessionEndsAt = opened.session.expiresAt;
  setCookies(response, { secret: opened.secret, sessionEndsAt, renewal });
  return renewal;
}
