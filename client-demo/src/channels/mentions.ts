import type { Message } from '@parley/client';

/** The names that the server gives to direct channels. */
const DIRECT = /^direct-[\da-f]{32}$/;

/** Whether a message mentions the account, or everyone, which only administrators do. */
export function mentions({ mentions }: Message, account: string): boolean {
  return mentions?.includes(account) === true || mentions?.includes('all') === true;
}

/** Whether a message is meant for the account: it mentions the account, or is in a direct channel. */
export function isMeantFor(message: Message, account: string | undefined): boolean {
  return account !== undefined && (DIRECT.test(message.channel) || mentions(message, account));
}
