import type { Renewal } from '@parley/contract/accounts/account.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Request, Response } from 'express';
import { sessionSecret, setCookies } from '../../accounts/cookies.ts';
import type { AccountParts } from '../../accounts/open-accounts.ts';
import type { Account, SessionChoice } from '../../store/people/accounts.ts';

/** Sessions of one account, more than a person has browsers. One more ends the oldest session. */
const SESSIONS_MAX = 20;

/** A request for a session, its answer, and what they need. */
export interface SignInRequest {
  parts: AccountParts;
  request: Request;
  response: Response;
}

/** The session that the browser has by its cookie. */
export async function findBrowserSession(
  { sessions }: Pick<AccountParts, 'sessions'>,
  request: Request,
): Promise<SessionChoice | undefined> {
  const secret = sessionSecret(request);
  const found = secret === undefined ? undefined : await sessions.find(secret);
  return found && { accountId: found.account.id, only: found.session.sid };
}

/**
 * Opens a session in place of the one that the browser had (by its cookie, or else `before`), and
 * sets its cookies.
 * @throws ChatError `invalid-credentials` when the account was changed meanwhile
 */
export async function beginSession(
  account: Account,
  { parts, request, response }: SignInRequest,
  before?: SessionChoice,
): Promise<Renewal> {
  const { sessions, ends } = parts;
  const opened = await sessions.open(account);
  if (!opened) throw new ChatError('invalid-credentials', 'The password was changed just now.');
  const replaced = (await findBrowserSession(parts, request)) ?? before;
  if (replaced) await ends.end(replaced);
  await ends.end({ accountId: account.id, keep: SESSIONS_MAX });
  const renewal = sessions.token(opened);
  const sessionEndsAt = opened.session.expiresAt;
  setCookies(response, { secret: opened.secret, sessionEndsAt, renewal });
  return renewal;
}
