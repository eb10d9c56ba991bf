import { accountSubject } from '@parley/contract/accounts/subject.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireAdmin } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import { actOf } from '../../accounts/act-of.ts';
import type { AccountParts } from '../../accounts/open-accounts.ts';
import { findAccount } from '../../store/people/find-account.ts';

/**
 * `POST /users/:name/suspended`: ends every session of an account, and refuses it to sign in. Its
 * streams and devices end at once.
 */
export function suspendAccount(parts: AccountParts): RequestHandler<{ name: string }> {
  return async ({ params }, response) => {
    const identity = identityOf(response);
    requireAdmin(identity, 'suspend accounts');
    const { id, username } = await findAccount(parts.store, params.name);
    if (accountSubject(id) === identity.subject) {
      throw new ChatError(
        'forbidden',
        'This is your own account; another administrator can do it.',
      );
    }
    const act = actOf(identity, parts.clock(), { act: 'suspend', whom: username });
    await parts.ends.suspend(id, act);
    response.status(204).end();
  };
}

/** `DELETE /users/:name/suspended`: the account may sign in again. */
export function restoreAccount(parts: AccountParts): RequestHandler<{ name: string }> {
  return async ({ params }, response) => {
    const identity = identityOf(response);
    requireAdmin(identity, 'restore accounts');
    const { id, username } = await findAccount(parts.store, params.name);
    const act = actOf(identity, parts.clock(), { act: 'restore', whom: username });
    await parts.store.restore(id, act);
    response.status(204).end();
  };
}
