const FAULTS: Record<string, string> = {
  denied: 'The sign-in was cancelled.',
  expired: 'The sign-in took too long, or began in another browser. Try again.',
  away: 'The sign-in server does not answer. Try again later.',
  suspended: 'This account is suspended; ask an administrator of this server.',
  closed: 'You need an invitation; ask an administrator of this server.',
  link: 'The invitation was used or has expired; ask for another.',
};

/**
 * Why a sign-in by the provider failed, from the fragment of the address with which the server leads
 * back to the page. The page's own words: a link to the page cannot show others.
 */
export function providerFault(hash: string): string | undefined {
  const [, fault] = /^#sign-in=(\w+)$/.exec(hash) ?? [];
  if (fault === undefined) return undefined;
  return Object.hasOwn(FAULTS, fault) ? FAULTS[fault] : 'The sign-in failed. Try again.';
}
