import { foldEmail, foldName } from '@parley/contract/accounts/fold.ts';
import { ChatError } from '@parley/contract/problem.ts';

/**
 * Refuses a password that an attacker would try first: a common one (zxcvbn's list has 18,000 that
 * are long enough), or the account's own name or e-mail address.
 * @throws ChatError `invalid-password`
 */
export async function requireUncommon(
  password: string,
  { username, email }: { username: string; email: string },
): Promise<void> {
  const given = foldName(password);
  const own = [foldName(username), foldEmail(email), foldEmail(email).split('@', 1)[0]];
  if (given !== '' && own.includes(given)) {
    throw new ChatError('invalid-password', 'Choose a password other than your name or address.');
  }
  if ((await readCommonPasswords()).has(given)) {
    throw new ChatError('invalid-password', 'Many use this password; choose another.');
  }
}

let common: Promise<Set<string>> | undefined;

/** Reads the list when it is first needed: most processes never need it. */
function readCommonPasswords(): Promise<Set<string>> {
  common ??= import('@zxcvbn-ts/language-common/src/passwords.json', {
    with: { type: 'json' },
  }).then(({ default: passwords }) => new Set(passwords));
  return common;
}
