import { foldName } from '@parley/contract/accounts/fold.ts';
import type { UserList } from '@parley/contract/accounts/user-list.ts';
import { parseLimit, parseText } from '@parley/kit/http/query.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireAdmin } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import type { AccountParts } from '../../accounts/open-accounts.ts';
import type { Account } from '../../store/people/accounts.ts';

/** More of a name is not compared. */
const NAME_MAX = 64;

/**
 * `GET /users?after=&limit=&name=`: the accounts, in the order of their folded names. `next` is the
 * `after` of the next page, or null. `name` is the beginning of the names, in any case and width.
 */
export function listUsers({ store }: AccountParts): RequestHandler {
  return async ({ query }, response) => {
    requireAdmin(identityOf(response), 'list accounts');
    const limit = parseLimit(query.limit);
    const after = parseText('after', query.after ?? '');
    const name = parseText('name', query.name ?? '').slice(0, NAME_MAX);
    const found = await store.list({ after, limit: limit + 1, begins: foldName(name) });
    const list: UserList = {
      users: found.slice(0, limit).map(asUser),
      next: found.length > limit ? (found[limit - 1]?.nameKey ?? null) : null,
    };
    response.json(list);
  };
}

function asUser(account: Account): UserList['users'][number] {
  const { username, email, emailConfirmedAt, admin, at, suspendedAt } = account;
  return {
    username,
    email,
    emailConfirmed: emailConfirmedAt !== undefined,
    admin,
    at: new Date(at).toISOString(),
    ...(suspendedAt !== undefined && { suspendedAt: new Date(suspendedAt).toISOString() }),
  };
}
