import { foldName } from '@parley/contract/accounts/fold.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Account, AccountStore } from './accounts.ts';

/** No name is longer; folding a longer one costs more than it should. */
const NAME_MAX = 256;

/** Finds the account of a name in a path, in any case and width. @throws ChatError `not-found` */
export async function findAccount(store: AccountStore, name: string): Promise<Account> {
  const account =
    name.length > NAME_MAX ? undefined : await store.find({ nameKey: foldName(name) });
  if (account) return account;
  throw new ChatError('not-found', 'There is no account with this name.');
}
