import { randomBytes } from 'node:crypto';

/** The id of a hook, which is never used again: a hook that is made anew has another one. */
export function newHookId(): string {
  return randomBytes(9).toString('base64url');
}
