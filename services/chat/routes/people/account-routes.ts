import { encodeRenewal } from '@parley/contract/accounts/renewal.ts';
import { renewalsTopic } from '@parley/contract/channels/topic.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { methodsAllowed } from '@parley/kit/http/app.ts';
import { isSafe, requireOwnPage } from '@parley/kit/http/origins.ts';
import { identify } from '@parley/kit/tokens/identify.ts';
import { type Request, type RequestHandler, Router } from 'express';
import { hasPassword } from '../../accounts/accounts.ts';
import { clearCookies, sessionSecret, setCookies } from '../../accounts/cookies.ts';
import type { AccountParts } from '../../accounts/open-accounts.ts';
import { parseStream } from '../../accounts/parse-stream.ts';
import type { Account } from '../../store/people/accounts.ts';
import { readFields, readOptionalFields } from '../body/read-fields.ts';
import { beginSession, type SignInRequest } from './begin-session.ts';
import { confirmEmail, forgotPassword, setEmail, setEmailOf } from './email-routes.ts';
import { invite, listInvitations, makeResetLink, withdrawInvitation } from './link-routes.ts';
import { listUsers } from './list-users.ts';
import { beginOpenId, CALLBACK, endOpenId } from './openid-routes.ts';
import { findSession, requireSession, signedOut } from './session-of.ts';
import { restoreAccount, suspendAccount } from './suspend-account.ts';

const PATHS = ['/users', '/session', '/invitations'];

/** `/users` and `/session`: the routes of accounts and sessions; without `parts` there are none. */
export function accountRoutes(parts: AccountParts | undefined): Router {
  return parts ? routesOf(parts) : noAccounts();
}

function routesOf(parts: AccountParts): Router {
  const router = Router({ caseSensitive: true });
  router.use(PATHS, ownPagesOnly(parts.origins), identify(parts.authenticator, parts.origins));
  router
    .route('/users')
    .get(listUsers(parts))
    .post(signUp(parts))
    .all(methodsAllowed('GET', 'HEAD', 'POST'));
  router
    .route('/users/:name/suspended')
    .post(suspendAccount(parts))
    .delete(restoreAccount(parts))
    .all(methodsAllowed('POST', 'DELETE'));
  router
    .route('/session')
    .get(showSession(parts))
    .post(logIn(parts))
    .delete(endSession(parts))
    .all(methodsAllowed('GET', 'HEAD', 'POST', 'DELETE'));
  router.route('/session/password').post(changePassword(parts)).all(methodsAllowed('POST'));
  router.route('/session/reset').post(resetPassword(parts)).all(methodsAllowed('POST'));
  router.route('/session/openid').post(beginOpenId(parts)).all(methodsAllowed('POST'));
  router.route(CALLBACK).get(endOpenId(parts)).all(methodsAllowed('GET', 'HEAD'));
  router.route('/session/forgot').post(forgotPassword(parts)).all(methodsAllowed('POST'));
  router.route('/session/email').post(setEmail(parts)).all(methodsAllowed('POST'));
  router.route('/session/confirm').post(confirmEmail(parts)).all(methodsAllowed('POST'));
  router.route('/users/:name/email').post(setEmailOf(parts)).all(methodsAllowed('POST'));
  router.route('/users/:name/reset-link').post(makeResetLink(parts)).all(methodsAllowed('POST'));
  router
    .route('/invitations')
    .get(listInvitations(parts))
    .post(invite(parts))
    .all(methodsAllowed('GET', 'HEAD', 'POST'));
  router.route('/invitations/:id').delete(withdrawInvitation(parts)).all(methodsAllowed('DELETE'));
  router.route('/session/renew').post(renewSession(parts)).all(methodsAllowed('POST'));
  return router;
}

/** The same routes without a key to sign tokens: there are no accounts. */
function noAccounts(): Router {
  const router = Router({ caseSensitive: true });
  router.get('/session', (request, response, next) => {
    if (!parseGuest(request.query.guest)) return next();
    response.setHeader('Cache-Control', 'no-store');
    response.json({ guest: true, signUp: 'none', mail: false });
  });
  const none: RequestHandler = () => {
    throw new ChatError(
      'not-found',
      'There are no accounts here: chat needs TOKEN_KEY_FILE for them.',
    );
  };
  const posts = [
    '/session/openid',
    '/session/password',
    '/session/renew',
    '/session/reset',
    '/session/forgot',
    '/session/email',
    '/session/confirm',
    '/users/:name/email',
    '/users/:name/reset-link',
  ];
  router.route(posts).post(none).all(methodsAllowed('POST'));
  router
    .route(['/users', '/invitations'])
    .get(none)
    .post(none)
    .all(methodsAllowed('GET', 'HEAD', 'POST'));
  router.route(CALLBACK).get(none).all(methodsAllowed('GET', 'HEAD'));
  router.route('/invitations/:id').delete(none).all(methodsAllowed('DELETE'));
  const suspended = methodsAllowed('POST', 'DELETE');
  router.route('/users/:name/suspended').post(none).delete(none).all(suspended);
  const session = methodsAllowed('GET', 'HEAD', 'POST', 'DELETE');
  router.route('/session').get(none).post(none).delete(none).all(session);
  return router;
}

/**
 * Refuses writes from another site's page, also without a session: otherwise that page could sign
 * the browser in to an account of the attacker.
 */
function ownPagesOnly(origins: string[]): RequestHandler {
  return ({ method, headers }, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    if (!isSafe(method)) requireOwnPage(headers, origins);
    next();
  };
}

/** `POST /users`: makes an account and signs in. */
function signUp(parts: AccountParts): RequestHandler {
  const { accounts, metrics, addressOf, signUp: mode } = parts;
  return async (request, response) => {
    const fields = await readFields(request);
    if (mode === 'closed' && fields.invitation === undefined) {
      throw new ChatError(
        'forbidden',
        'Only people with an invitation can sign up here; ask an administrator of this server.',
      );
    }
    const account = await metrics.signUp(async () => accounts.signUp(fields, addressOf(request)));
    if (account.email !== '') await askToConfirm(account, parts, request);
    await signIn(account, { parts, request, response: response.status(201) });
  };
}

/** Mails the link by which a new account confirms its address, unless too many were asked for. */
async function askToConfirm(
  account: Account,
  { mail, attempts, addressOf }: AccountParts,
  request: Request,
): Promise<void> {
  try {
    if (mail) await attempts.mail(addressOf(request));
    await mail?.confirm(account, account.email);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
  }
}

/** `POST /session`: signs in by name or e-mail address, and password. */
function logIn(parts: AccountParts): RequestHandler {
  const { accounts, metrics, addressOf } = parts;
  return async (request, response) => {
    const account = await metrics.logIn(async () =>
      accounts.logIn(await readFields(request), addressOf(request)),
    );
    await signIn(account, { parts, request, response });
  };
}

/** `GET /session`: who is signed in, and until when. With `?guest=ok` a guest gets no error. */
function showSession({ sessions, signUp, mail, openId }: AccountParts): RequestHandler {
  const mails = mail !== undefined;
  const server = { signUp, mail: mails, ...(openId && { provider: openId.label }) };
  return async (request, response) => {
    const guestMayAsk = parseGuest(request.query.guest);
    const live = await findSession(sessions, request, response);
    if (!live && !guestMayAsk) throw signedOut();
    if (!live) return void response.json({ guest: true, ...server });
    const { username, email, emailConfirmedAt, admin } = live.account;
    const expiresAt = new Date(live.session.expiresAt).toISOString();
    response.json({
      username,
      email,
      emailConfirmed: emailConfirmedAt !== undefined,
      admin,
      expiresAt,
      ...(!hasPassword(live.account) && { password: false }),
      ...(guestMayAsk && server),
    });
  };
}

/** @throws ChatError `invalid-query` */
function parseGuest(guest: unknown): boolean {
  if (guest === undefined || guest === 'ok') return guest === 'ok';
  throw new ChatError('invalid-query', 'guest can only be "ok".');
}

/** `DELETE /session`: signs out. The session's tokens are refused from then on. */
function endSession({ sessions, ends }: AccountParts): RequestHandler {
  return async (request, response) => {
    const live = await findSession(sessions, request, response);
    if (live) await ends.end({ accountId: live.account.id, only: live.session.sid });
    clearCookies(response);
    response.status(204).end();
  };
}

/** `POST /session/password`: sets a new password, and ends every other session of the account. */
function changePassword(parts: AccountParts): RequestHandler {
  const { accounts, sessions, ends, addressOf } = parts;
  return async (request, response) => {
    const { account } = await requireSession(sessions, request, response);
    const changed = await accounts.changePassword(
      account,
      await readFields(request),
      addressOf(request),
    );
    await ends.end({ accountId: changed.id });
    await signIn(changed, { parts, request, response });
  };
}

/** `POST /session/reset {reset, newPassword}`: sets a new password by a link, ends every session, and signs in. */
function resetPassword(parts: AccountParts): RequestHandler {
  const { accounts, ends, addressOf } = parts;
  return async (request, response) => {
    const { account, ended } = await accounts.reset(await readFields(request), addressOf(request));
    ends.publish(ended);
    await signIn(account, { parts, request, response });
  };
}

/** `POST /session/renew`: issues a new token, also to the open stream that the body names. */
function renewSession({ sessions, bus }: AccountParts): RequestHandler {
  return async (request, response) => {
    const { stream } = await readOptionalFields(request);
    const target = stream === undefined ? undefined : parseStream(stream);
    const secret = sessionSecret(request);
    const live = secret === undefined ? undefined : await sessions.find(secret);
    if (secret === undefined || !live) throw signedOut();
    const renewal = sessions.token(live);
    if (target) {
      const payload = encodeRenewal({ stream: target.stream, token: renewal.token });
      bus.publish(renewalsTopic(target.instance), payload);
    }
    setCookies(response, { secret, sessionEndsAt: live.session.expiresAt, renewal });
    response.json(renewal);
  };
}

/** Begins a session, and answers with the account and its token. */
async function signIn(account: Account, asked: SignInRequest): Promise<void> {
  const renewal = await beginSession(account, asked);
  const { username, email, admin } = account;
  asked.response.json({ username, email, admin, ...renewal });
}
