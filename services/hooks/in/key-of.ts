import { createHash } from 'node:crypto';
import type { HookIn } from '../store/in-store.ts';

/** The idempotency key of a message of a hook: other hooks and clients have other keys. */
export function keyOf({ id }: Pick<HookIn, 'id'>, message: string): string {
  return `hook:${createHash('sha256').update(`${id}\0${message}`).digest('base64url')}`;
}
