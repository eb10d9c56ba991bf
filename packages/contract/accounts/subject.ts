const ACCOUNT_PREFIX = 'account:';

/** An account's subject in tokens, messages and votes. */
export function accountSubject(id: string): string {
  return `${ACCOUNT_PREFIX}${id}`;
}

/** The id of the account that a subject names; undefined for any other subject. */
export function accountIdOf(subject: string | null | undefined): string | undefined {
  return subject?.startsWith(ACCOUNT_PREFIX) ? subject.slice(ACCOUNT_PREFIX.length) : undefined;
}

/** True when a subject is an account's. */
export function isAccountSubject(subject: string | undefined): boolean {
  return accountIdOf(subject) !== undefined;
}
