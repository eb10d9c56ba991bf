import type { Message } from '@parley/client';
import { isDirectName } from './channel-name.ts';

/** Whether a message mentions the account, or everyone, which only administrators do. */
export function mentions({ mentions }: Message, account: string): boolean {
  return mentions?.includes(account) === true || mentions?.includes('all') === true;
}

/** Whether a message is meant for the account: it mentions the account, or is in a direct channel. */
export function isMeantFor(message: Message, account: string | undefined): boolean {
  return account !== undefined && (isDirectName(message.channel) || mentions(message, account));
}
