import { randomBytes } from 'node:crypto';
import { parseNewPassword, parseSignUp } from '@parley/contract/accounts/account.ts';
import { foldEmail, foldName } from '@parley/contract/accounts/fold.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import { newAccount } from '../../accounts/accounts.ts';
import { hashPassword } from '../../accounts/password-hash.ts';
import { requireUncommon } from '../../accounts/password-rules.ts';
import type { Account, AccountStore } from '../../store/people/accounts.ts';
import type { AuditDraft } from '../../store/people/audit.ts';
import type { AccountOptions, Command } from './options.ts';

const MADE_UP_BYTES = 15;
const LIST_AT_ONCE = 500;

interface Keeping {
  store: AccountStore;
  /** The password from standard input; undefined: a password is made up. */
  givenPassword: string | undefined;
  clock: () => number;
  /** The system's user who runs the command. */
  operator: string;
}

/** Does what the command line asks; yields the lines to print. @throws PlainError or ChatError */
export async function* keepAccounts(
  { command, name, email }: Exclude<AccountOptions, undefined>,
  keeping: Keeping,
): AsyncGenerator<string> {
  if (command === 'list') return yield* list(keeping.store);
  if (command === 'add') return yield* add({ name, email }, keeping);
  yield* change(command, await find(keeping.store, name), keeping);
}

async function* list(store: AccountStore): AsyncGenerator<string> {
  for (let after = ''; ; ) {
    const page = await store.list({ after, limit: LIST_AT_ONCE });
    for (const { username, email, admin, at, suspendedAt, providerSubject } of page) {
      const since = new Date(at).toISOString().slice(0, 10);
      const state = suspendedAt === undefined ? [] : ['suspended'];
      const subject = providerSubject === undefined ? [] : [providerSubject];
      yield [username, email, admin ? 'admin' : 'member', since, ...state, ...subject].join('\t');
    }
    if (page.length < LIST_AT_ONCE) return;
    after = page.at(-1)?.nameKey ?? '';
  }
}

async function* add(
  { name, email }: { name: string; email: string },
  keeping: Keeping,
): AsyncGenerator<string> {
  const { store, givenPassword, clock } = keeping;
  const password = givenPassword ?? madeUp();
  const signUp = parseSignUp({ username: name, email, password });
  await requireUncommon(signUp.password, signUp);
  const account = newAccount(signUp, await hashPassword(signUp.password), clock());
  if (!(await store.add(account, actOf('add', account.username, keeping)))) {
    throw new PlainError('this name or e-mail address has an account already');
  }
  yield `${signUp.username} has an account`;
  if (givenPassword === undefined) yield `password: ${password}`;
}

async function* change(
  command: Exclude<Command, 'list' | 'add'>,
  account: Account,
  keeping: Keeping,
): AsyncGenerator<string> {
  const { store, givenPassword, clock } = keeping;
  const { id, username } = account;
  const act = actOf(command, username, keeping);
  if (command === 'admin') {
    await store.setAdmin(id, true, act);
    return yield `${username} is an administrator, from the next token on`;
  }
  if (command === 'suspend') {
    const ended = await store.suspend(id, clock(), act);
    return yield `${username}: suspended; ${ended ? ended.length : 0} session(s) ended`;
  }
  if (command === 'restore') {
    await store.restore(id, act);
    return yield `${username} may sign in`;
  }
  if (command === 'member') await store.setAdmin(id, false, act);
  if (command === 'password') {
    const password = parseNewPassword(givenPassword ?? madeUp());
    await requireUncommon(password, account);
    await store.setPassword(id, await hashPassword(password), act);
    if (givenPassword === undefined) yield `password: ${password}`;
  }
  // The account is removed before its sessions end, so that it can open no new one.
  if (command === 'remove') await store.remove(id, act);
  const isAct = command === 'sign-out';
  const ended = await store.endSessions({ accountId: id }, clock(), isAct ? act : undefined);
  yield `${username}: done; ${ended.length} session(s) ended`;
}

const ACTS: Record<Exclude<Command, 'list'>, string> = {
  add: 'make-account',
  password: 'set-password',
  admin: 'make-admin',
  member: 'make-member',
  'sign-out': 'sign-out',
  suspend: 'suspend',
  restore: 'restore',
  remove: 'remove-account',
};

function actOf(
  command: Exclude<Command, 'list'>,
  whom: string,
  { operator, clock }: Keeping,
): AuditDraft {
  return { at: clock(), by: 'command', name: operator, act: ACTS[command], whom };
}

async function find(store: AccountStore, name: string): Promise<Account> {
  const key = name.includes('@') ? { emailKey: foldEmail(name) } : { nameKey: foldName(name) };
  const account = await store.find(key);
  if (account) return account;
  throw new PlainError(`there is no account ${name}`);
}

function madeUp(): string {
  return randomBytes(MADE_UP_BYTES).toString('base64url');
}
