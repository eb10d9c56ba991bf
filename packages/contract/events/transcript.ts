import { type ChatEvent, type ChatMessage, isMessage } from './event.ts';

/**
 * Characters that are escaped: every one that a terminal, an editor or a parser may treat as the
 * end of a line, and a backslash that would look like the beginning of an escape.
 */
const IN_TEXT = /[\n\r\v\f\u0085\u2028\u2029]|\\(?=n|u2028|u2029|u003a|u005c)/g;
/** In a name, also a colon that would look like the end of the name. */
const IN_NAME = new RegExp(`${IN_TEXT.source}|:(?=\\s)`, 'g');

const ESCAPES: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\v': '\\v', '\f': '\\f' };

/** Writes text on one line: `\n`, `\r`, … and `\u2028` for the rest. */
function onOneLine(text: string, escaped: RegExp): string {
  return text.replace(
    escaped,
    (char) => ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Writes times as `2018-02-25 14:00:51` in one time zone (an IANA name).
 * @throws RangeError for an unknown zone
 */
export function openTranscriptClock(timeZone: string): (at: string) => string {
  if (timeZone === 'UTC') return (at) => `${at.slice(0, 10)} ${at.slice(11, 19)}`;
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  // Intl writes a year before 1000 without leading zeros.
  return (at) => format.format(new Date(at)).replace(/^\d+/, (year) => year.padStart(4, '0'));
}

/**
 * The transcript lines of events: one for each message in its current state, none for a deleted
 * one.
 */
export function encodeTranscript(events: ChatEvent[], clock: (at: string) => string): string {
  return events
    .filter(isMessage)
    .filter(({ deleted }) => !deleted)
    .map((message) => encodeTranscriptLine(message, clock))
    .join('');
}

/** One line of the transcript, with its newline: `[2018-02-25 14:00:51] omri: hi everybody!`. */
export function encodeTranscriptLine(event: ChatMessage, clock: (at: string) => string): string {
  const username = onOneLine(event.username, IN_NAME);
  return `[${clock(event.at)}] ${username}: ${onOneLine(event.message, IN_TEXT)}\n`;
}

const LINE = /^\[(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\] (.+?): (.*)$/u;

/** The fields of a transcript's line; the time is in the transcript's zone. */
export interface TranscriptLine {
  /** `2018-02-25T14:00:51`, without a zone; the time may not exist. */
  localTime: string;
  username: string;
  message: string;
}

/** Reads a line as `encodeTranscriptLine` writes it; `undefined` when it has another form. */
export function parseTranscriptLine(line: string): TranscriptLine | undefined {
  const [, day, time, username = '', message = ''] = LINE.exec(line) ?? [];
  if (day === undefined) return undefined;
  return {
    localTime: `${day}T${time}`,
    username: fromOneLine(username),
    message: fromOneLine(message),
  };
}

/**
 * Undoes the escapes of characters that a name or a text can contain. Names and texts contain no
 * other line separators, so `\r`, `\v`, `\f` and `\u0085` are text that a person wrote. That holds
 * also for older transcripts, in which backslashes are not escaped.
 */
function fromOneLine(text: string): string {
  return text.replace(/\\(?:n|u2028|u2029|u003a|u005c)/g, (escaped) =>
    escaped === '\\n' ? '\n' : String.fromCharCode(Number.parseInt(escaped.slice(2), 16)),
  );
}
