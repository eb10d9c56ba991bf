import type { UserList } from '@parley/contract/accounts/user-list.ts';
import { parseLimit, parseText } from '@parley/kit/http/query.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireAdmin } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import type { AccountParts } from '../../accounts/open-accounts.ts';
import type { Account } from '../../store/accounts.ts';

/**
 * `GET /users?after=&limit=`: the accounts, in the order of their folded names. `next` is the
 * `after` of the next page, or null.
 */
export function listUsers({ store }: AccountParts): RequestHandler {
  return async ({ query }, response) => {
    requireAdmin(identityOf(response), 'list accounts');
    const limit = parseLimit(query.limit);
    const after = parseText('after', query.after ?? '');
    const found = await store.list({ after, limit: limit + 1 });
    const list: UserList = {
      users: found.slice(0, limit).map(asUser),
      next: found.length > limit ? (found[limit - 1]?.nameKey ?? null) : null,
    };
    response.json(list);
  };
}

function asUser({ username, email, admin, at, suspendedAt }: Account): UserList['users'][number] {
  return {
    username,
    email,
    admin,
    at: new Date(at).toISOString(),
    ...(suspendedAt !== undefined && { suspendedAt: new Date(suspendedAt).toISOString() }),
  };
}
