import type { ForeignReaction } from '../intake.ts';
import { cleanName, type PersonNames } from '../person-names.ts';
import type { SlackMessage } from './slack-schema.ts';
import { readableText, type SlackNames } from './slack-text.ts';

/** Subtypes of messages that people or programs wrote. All others are notices of Slack itself. */
const WRITTEN = new Set([
  'bot_message',
  'me_message',
  'thread_broadcast',
  'reply_broadcast',
  'file_share',
  'file_comment',
  'slackbot_response',
]);

/** The parts of a log of edits, and what stands for a deleted message that has replies. */
const DELETED = new Set(['tombstone', 'message_deleted']);
const EDITS = new Set(['message_changed', 'message_replied']);

/** Why a message is left out; undefined for one that someone wrote. */
export function whyLeftOut({ subtype, hidden }: SlackMessage): string | undefined {
  if (subtype && DELETED.has(subtype)) return 'deleted messages';
  if (subtype && EDITS.has(subtype)) return 'records of edits (a message has its newest text)';
  if (subtype && !WRITTEN.has(subtype)) return 'notices such as joins and topics';
  return hidden ? 'hidden messages' : undefined;
}

/** Milliseconds since 1970 of a `ts`, which has seconds and six decimals. */
export function timeOf(ts: string): number {
  const [seconds = '', fraction = ''] = ts.split('.');
  return Number(seconds) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
}

/** The name of an author: of the person, or else of the program. */
export function authorOf(message: SlackMessage, people: PersonNames): string {
  const { user, comment, username, bot_profile, user_profile, bot_id } = message;
  // A program that posts for a person has an id of its own, too.
  const isProgram = message.subtype === 'bot_message';
  const program = () => people.ofProgram(username) ?? people.ofProgram(bot_profile?.name);
  const person = people.of(user) ?? people.of(comment?.user);
  const found = isProgram ? (program() ?? person) : (person ?? program());
  if (found !== undefined) return found;
  // A guest of another workspace is in no list, but in each of its messages.
  const { display_name, real_name, name } = user_profile ?? {};
  const id = user ?? bot_id ?? 'unknown';
  people.add(id, [display_name, real_name, name]);
  return people.of(id) ?? cleanName(id) ?? 'unknown';
}

/** The text of a message. That of a program may be in its attachments only. */
export function textOf({ text, attachments }: SlackMessage, names: SlackNames): string {
  if (text) return readableText(text, names);
  const parts = (attachments ?? []).map((attachment) => {
    const { pretext, title, text: body, fallback } = attachment ?? {};
    const own = [pretext, title, body].filter(Boolean).join('\n');
    return own || fallback || '';
  });
  return readableText(parts.filter(Boolean).join('\n'), names);
}

/** The names of the files of a message. Their addresses have secret tokens and are left out. */
export function filesOf({ files, file }: SlackMessage): string[] {
  return [...(files ?? []), file].flatMap(
    (each) => (each && (each.name || each.title || 'file')) || [],
  );
}

/** The reactions to a message. Slack has no times of them, so they have that of the message. */
export function reactionsOf({ reactions }: SlackMessage, at: number): ForeignReaction[] {
  return (reactions ?? []).map(({ name, users, count }) => {
    const known = users ?? [];
    return { name, users: known, count: count ?? known.length, at };
  });
}
