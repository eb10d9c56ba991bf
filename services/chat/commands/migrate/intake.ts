import { MESSAGE_MAX, parseMessageText } from '@parley/contract/events/message.ts';
import { emojiOf, withEmoji } from './emoji/emoji.ts';
import { cleanText, splitText } from './message-texts.ts';
import type { ChannelReport, Report } from './report.ts';
import type { Spool, SpooledReaction } from './spool.ts';

/** Milliseconds of the year 10000, beyond which ISO 8601 has no four digits. */
const AT_MAX = 253_402_300_800_000;

/** A message as the export has it, with markup already replaced. */
export interface ForeignMessage {
  channel: ChannelReport;
  id: string;
  at: number;
  username: string;
  text: string;
  /** Names of its files, which stay behind. */
  files: string[];
  root: string | null;
  reactions: ForeignReaction[];
}

/** The reactions of one emoji to a message. */
export interface ForeignReaction {
  /** The short name of the emoji. */
  name: string;
  /** Ids of people. */
  users: string[];
  /** Their number, which may be greater than that of the ids. */
  count: number;
  at: number;
}

/** How messages of an export get into the spool. */
export interface Intake {
  report: Report;
  /** False when the channel has a message with this id. */
  add(message: ForeignMessage): boolean;
  /** Counts a message that is left out, with its channel and time. */
  leaveOut(reason: string, where: Where): void;
}

/** Where an example in the report is. */
export interface Where {
  channel: ChannelReport;
  at: number;
  what?: string;
}

/** Opens the intake: it makes texts that Parley accepts, and reports what it changes for that. */
export function openIntake(spool: Spool, report: Report): Intake {
  const leaveOut: Intake['leaveOut'] = (reason, where) => report.leaveOut(reason, place(where));
  return {
    report,
    leaveOut,
    add({ channel, id, at, username, text, files, root, reactions }) {
      const where = { channel, at };
      if (!isTime(at)) {
        report.leaveOut('messages without a valid time', channel.source);
        return true;
      }
      const clean = cleanText(text);
      const whole = [withEmoji(clean), ...files.map((name) => `[file: ${cleanText(name)}]`)];
      const joined = whole.filter((each) => each.trim() !== '').join('\n');
      const [first, ...parts] = splitText(joined).map(parseMessageText);
      if (first === undefined) {
        leaveOut('messages without a text', where);
        return true;
      }
      const common = { channel: channel.name, at, username, root };
      const known = reactions.flatMap((reaction) => knownReactions(reaction, at));
      if (!spool.add({ ...common, id, text: first, reactions: known })) return false;
      for (const [i, part] of parts.entries()) {
        spool.add({ ...common, id: `${id} ${i + 2}`, text: part, reactions: [] });
      }
      for (const what of files) report.leaveOut(FILES, place({ ...where, what }));
      for (const reaction of reactions) reportReaction(reaction, where, report);
      if (parts.length > 0) report.change(SPLIT, place(where));
      if (clean.length < text.replaceAll('\r\n', '\n').length) report.change(CONTROL, place(where));
      channel.messages += 1 + parts.length;
      report.messages += 1 + parts.length;
      report.reactions += known.length;
      return true;
    },
  };
}

const FILES = 'files (their names are in the texts)';
const SPLIT = `texts over ${MESSAGE_MAX} characters are split into several messages`;
const CONTROL = 'texts lost their control characters';

/** True for a time that ISO 8601 writes with four digits of the year. */
function isTime(at: number): boolean {
  return Number.isInteger(at) && at >= 0 && at < AT_MAX;
}

/** The reactions of one emoji, each with its person; none of an emoji that is not in Unicode. */
function knownReactions(
  { name, users, at }: ForeignReaction,
  messageAt: number,
): SpooledReaction[] {
  const emoji = emojiOf(name);
  if (emoji === undefined) return [];
  return users.map((by) => ({ emoji, by, at: isTime(at) ? at : messageAt }));
}

function reportReaction(
  { name, users, count }: ForeignReaction,
  where: Where,
  report: Report,
): void {
  const example = place({ ...where, what: `:${name}:` });
  if (emojiOf(name) === undefined) report.leaveOut(CUSTOM, example, count);
  else if (count > users.length) report.leaveOut(UNNAMED, example, count - users.length);
}

const CUSTOM = 'reactions with emoji that the workspace made itself';
const UNNAMED = 'reactions of people whom the export does not name';

function place({ channel, at, what }: Where): string {
  const time = isTime(at) ? new Date(at).toISOString() : 'without a time';
  return [channel.source, time, what ?? ''].join(' ').trim();
}
