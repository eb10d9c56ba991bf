import {
  parseDraft,
  parseKnownDraft,
  type UncheckedDraft,
} from '@parley/contract/events/message.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import { isAccountSubject } from '../store/accounts.ts';
import type { MessageDraft } from '../store/store.ts';

/** A draft as a client sends it to a channel. */
interface PostedDraft extends UncheckedDraft {
  channel: string;
  key: string | undefined;
}

/**
 * Makes the draft of a message. The identity must have the right to post in the channel.
 * @throws ChatError `invalid-username`, `invalid-message`, or `forbidden` for a name that is not
 * the token's
 */
export function draftFrom(
  identity: Identity,
  { channel, username, message, key }: PostedDraft,
): Omit<MessageDraft, 'server' | 'at'> {
  const isAccount = isAccountSubject(identity.subject) && identity.name !== undefined;
  const parse = isAccount ? parseKnownDraft : parseDraft;
  const checked = parse({ message, username: nameFor(identity, username) });
  const draft = { kind: 'message', channel, ...checked, author: identity.subject ?? null } as const;
  return key === undefined ? draft : { ...draft, key };
}

/** An identity with a name posts under that name, and may leave it out. */
function nameFor({ name }: Identity, given: unknown): unknown {
  if (name === undefined) return given;
  if (given === undefined || isSame(given, name)) return name;
  throw new ChatError('forbidden', `This token can post only as ${name}.`);
}

/** Compares in the composed form: keyboards and systems differ in how they encode an accent. */
function isSame(given: unknown, name: string): boolean {
  return typeof given === 'string' && given.normalize('NFC') === name.normalize('NFC');
}
