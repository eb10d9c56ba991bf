import type { IncomingMessage } from 'node:http';
import { parseEmail } from '@parley/contract/accounts/account.ts';
import type { InvitationList, PersonalLink } from '@parley/contract/accounts/personal-link.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { parseLimit, parseText } from '@parley/kit/http/query.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireAdmin } from '@parley/kit/tokens/identity.ts';
import type { Request, RequestHandler } from 'express';
import { actOf } from '../../accounts/act-of.ts';
import type { GivenLink } from '../../accounts/links.ts';
import { noMail } from '../../accounts/mailed-links.ts';
import type { AccountParts } from '../../accounts/open-accounts.ts';
import { findAccount } from '../../store/people/find-account.ts';
import { readOptionalFields } from '../body/read-fields.ts';

const USES_MAX = 1_000;
const HOURS_MAX = 24 * 30;
const HOURS = 24 * 7;

/**
 * `POST /invitations {uses, hours, email}`: a link by which people make accounts. It is mailed to the
 * address, if there is one.
 */
export function invite(parts: AccountParts): RequestHandler {
  const { links, mail, clock } = parts;
  return async (request, response) => {
    const identity = identityOf(response);
    requireAdmin(identity, 'invite people');
    const fields = await readOptionalFields(request);
    const uses = wholeNumber('uses', fields.uses, { fallback: 1, max: USES_MAX });
    const hours = wholeNumber('hours', fields.hours, { fallback: HOURS, max: HOURS_MAX });
    const email = fields.email === undefined ? undefined : parseEmail(fields.email);
    if (email !== undefined && !mail) throw noMail();
    const given = await links.invite(uses, hours, (id) =>
      actOf(identity, clock(), { act: 'invite', detail: `${id}, ${uses} use(s)` }),
    );
    if (email !== undefined) mail?.invite(email, given);
    const { id } = given;
    response.status(201).json({ id, uses, ...personalLink(parts, request, given) });
  };
}

/** `GET /invitations?after=&limit=`: the invitations that can be used, without their secrets. */
export function listInvitations({ linkStore, clock }: AccountParts): RequestHandler {
  return async ({ query }, response) => {
    requireAdmin(identityOf(response), 'invite people');
    const limit = parseLimit(query.limit);
    const after = parseText('after', query.after ?? '');
    const found = await linkStore.invitations({ after, limit: limit + 1, now: clock() });
    const list: InvitationList = {
      invitations: found.slice(0, limit).map(({ id, uses, expiresAt }) => ({
        id,
        uses,
        expiresAt: new Date(expiresAt).toISOString(),
      })),
      next: found.length > limit ? (found[limit - 1]?.id ?? null) : null,
    };
    response.json(list);
  };
}

/** `DELETE /invitations/:id`: takes an invitation back. */
export function withdrawInvitation({
  linkStore,
  clock,
}: AccountParts): RequestHandler<{ id: string }> {
  return async ({ params: { id } }, response) => {
    const identity = identityOf(response);
    requireAdmin(identity, 'invite people');
    // No other link has an id of this form.
    if (!UUID.test(id)) throw noInvitation();
    const act = actOf(identity, clock(), { act: 'withdraw-invitation', detail: id });
    if (!(await linkStore.remove(id, act))) throw noInvitation();
    response.status(204).end();
  };
}

/** `POST /users/:name/reset-link`: a link by which the owner of an account sets a new password. */
export function makeResetLink(parts: AccountParts): RequestHandler<{ name: string }> {
  return async (request, response) => {
    const identity = identityOf(response);
    requireAdmin(identity, 'make links for passwords');
    const { id, username } = await findAccount(parts.store, request.params.name);
    const act = actOf(identity, parts.clock(), { act: 'reset-link', whom: username });
    const given = await parts.links.reset(id, act);
    response.status(201).json(personalLink(parts, request, given));
  };
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

function noInvitation(): ChatError {
  return new ChatError('not-found', 'There is no such invitation; perhaps it was used.');
}

/** A link to the page, under PUBLIC_URL, or where the administrator reached this server. */
function personalLink(
  { origin }: AccountParts,
  request: Pick<Request, 'protocol'> & IncomingMessage,
  { fragment, expiresAt }: GivenLink,
): PersonalLink {
  return {
    link: `${origin || `${request.protocol}://${request.headers.host}`}/${fragment}`,
    expiresAt: new Date(expiresAt).toISOString(),
  };
}

/** A number of a JSON body, or in a form's text. @throws ChatError `malformed-request` */
function wholeNumber(
  field: string,
  value: unknown,
  { fallback, max }: { fallback: number; max: number },
): number {
  if (value === undefined) return fallback;
  const number = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  if (Number.isInteger(number) && Number(number) >= 1 && Number(number) <= max)
    return Number(number);
  throw new ChatError('malformed-request', `Send "${field}" as a whole number from 1 to ${max}.`);
}
