import { parseEmail, parseLoginName } from '@parley/contract/accounts/account.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireAdmin } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler, Response } from 'express';
import { actOf } from '../../accounts/act-of.ts';
import { noMail } from '../../accounts/mailed-links.ts';
import type { AccountParts } from '../../accounts/open-accounts.ts';
import type { Account } from '../../store/people/accounts.ts';
import type { AuditDraft } from '../../store/people/audit.ts';
import { findAccount } from '../../store/people/find-account.ts';
import { readFields } from '../body/read-fields.ts';
import { requireSession } from './session-of.ts';

/** The one answer to people who forgot their password. */
const FORGOTTEN =
  'If there is an account with this name or address, and its address is confirmed, a mail with a link is on its way.';
const SENT = 'A mail with a link is on its way; the address is used when the link is.';

/** `POST /session/forgot {login}`: mails a link for a new password, if there is such an account. */
export function forgotPassword({ mail, attempts, addressOf }: AccountParts): RequestHandler {
  return async (request, response) => {
    if (!mail) throw noMail();
    const { login, email, username } = await readFields(request);
    const given = parseLoginName(login ?? email ?? username);
    await attempts.mail(addressOf(request));
    mail.forgot(given);
    response.status(202).json({ detail: FORGOTTEN });
  };
}

/** `POST /session/email {password, email}`: mails a link that makes an address that of the account. */
export function setEmail(parts: AccountParts): RequestHandler {
  const { accounts, sessions, attempts, addressOf } = parts;
  return async (request, response) => {
    const { account } = await requireSession(sessions, request, response);
    const fields = await readFields(request);
    const email = parseNewEmail(parts, fields.email);
    await accounts.requirePassword(account, fields, addressOf(request));
    if (email !== '') await attempts.mail(addressOf(request));
    await changeEmail(parts, response, { account, email });
  };
}

/** `POST /users/:name/email {email}`: the same by an administrator. */
export function setEmailOf(parts: AccountParts): RequestHandler<{ name: string }> {
  return async (request, response) => {
    const identity = identityOf(response);
    requireAdmin(identity, 'change addresses');
    const account = await findAccount(parts.store, request.params.name);
    const email = parseNewEmail(parts, (await readFields(request)).email);
    const what = email === '' ? 'remove-email' : 'set-email';
    const act = actOf(identity, parts.clock(), { act: what, whom: account.username });
    await changeEmail(parts, response, { account, email, act });
  };
}

/** `POST /session/confirm {confirm}`: confirms an address by a link, with or without a session. */
export function confirmEmail({ links, attempts, addressOf }: AccountParts): RequestHandler {
  return async (request, response) => {
    const { confirm } = await readFields(request);
    await attempts.signUp(addressOf(request));
    await links.confirm(confirm);
    response.status(204).end();
  };
}

/** An address, or '' to have none. @throws ChatError `invalid-email`; `not-found` without SMTP_URL */
function parseNewEmail({ mail }: AccountParts, value: unknown): string {
  if (value === '') return '';
  if (!mail) throw noMail();
  return parseEmail(value);
}

async function changeEmail(
  { store, mail }: AccountParts,
  response: Response,
  { account, email, act }: { account: Account; email: string; act?: AuditDraft },
): Promise<void> {
  if (email === '') {
    await store.removeEmail(account.id, act);
    response.status(204).end();
    return;
  }
  await mail?.confirm(account, email, act);
  response.status(202).json({ detail: SENT });
}
