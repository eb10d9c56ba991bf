import { isAccountSubject } from '@parley/contract/accounts/subject.ts';
import type { UncheckedDraft } from '@parley/contract/events/draft.ts';
import {
  parseKnownUsername,
  parseMessageText,
  parseUsername,
} from '@parley/contract/events/message.ts';
import { parseReplyTo } from '@parley/contract/events/reply.ts';
import { parseData, parseType } from '@parley/contract/events/typed-event.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import type { UnplacedPost } from '../store/store.ts';

/** A draft as a client sends it to a channel. */
interface PostedDraft extends UncheckedDraft {
  channel: string;
  key: string | undefined;
}

/**
 * Makes the draft of a message, or of a typed event when it has a type. The identity must have the
 * right to post in the channel.
 * @throws ChatError `invalid-username`, `invalid-message`, `invalid-type`, `invalid-event`,
 * `invalid-reply`, or
 * `forbidden` for a name that is not the token's
 */
export function draftFrom(
  identity: Identity,
  { channel, username, message, type, data, replyTo, store, key }: PostedDraft,
): UnplacedPost {
  if (message !== undefined && type !== undefined) {
    throw new ChatError('invalid-event', 'Send a message or a type, not both.');
  }
  if (replyTo !== undefined && (type !== undefined || store === false)) {
    throw new ChatError('invalid-reply', 'Only a message that is stored can be a reply.');
  }
  const name = nameFor(identity, username);
  const common = {
    channel,
    username: type !== undefined && name === undefined ? '' : parseName(identity, name),
    author: identity.subject ?? null,
    viewer: identity.posterOf(channel),
    ...(key !== undefined && { key }),
  };
  if (type !== undefined) {
    return { kind: 'event', ...common, type: parseType(type), data: parseData(data ?? 'null') };
  }
  const text = parseMessageText(message);
  return {
    kind: 'message',
    ...common,
    message: text,
    ...(identity.admin && { admin: true }),
    ...(data !== undefined && { data: parseData(data) }),
    ...(replyTo !== undefined && { replyTo: parseReplyTo(replyTo) }),
  };
}

/** The name of an account is known, and may be older than the check for misleading characters. */
function parseName({ subject, name }: Identity, given: unknown): string {
  const isAccount = isAccountSubject(subject) && name !== undefined;
  return isAccount ? parseKnownUsername(given) : parseUsername(given);
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
