import { type ChatEvent, type ChatMessage, isMessage } from './event.ts';

/** Whatever a terminal, an editor or a parser may take for the end of a line. */
const LINE_SEPARATOR = /[\n\r\v\f\u0085\u2028\u2029]/g;

const ESCAPES: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\v': '\\v', '\f': '\\f' };

/** Writes a text so that it stays on one line: `\n`, `\r`, … and `\u2028` for the rest. */
function onOneLine(text: string): string {
  return text.replace(
    LINE_SEPARATOR,
    (char) => ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Writes times as `2018-02-25 14:00:51` in one time zone (an IANA name). @throws RangeError for no zone */
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
  return (at) => format.format(new Date(at));
}

/** The lines that events make: one for each message, as it is now, and none for a deleted one. */
export function encodeTranscript(events: ChatEvent[], clock: (at: string) => string): string {
  return events
    .filter(isMessage)
    .filter(({ deleted }) => !deleted)
    .map((message) => encodeTranscriptLine(message, clock))
    .join('');
}

/** One line of the transcript, with its newline: `[2018-02-25 14:00:51] omri: hi everybody!`. */
export function encodeTranscriptLine(event: ChatMessage, clock: (at: string) => string): string {
  return `[${clock(event.at)}] ${onOneLine(event.username)}: ${onOneLine(event.message)}\n`;
}

const LINE = /^\[(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\] (.+?): (.*)$/u;

/** What a line of a transcript says; the time is in the transcript's zone. */
export interface TranscriptLine {
  /** `2018-02-25T14:00:51`, without a zone. */
  localTime: string;
  username: string;
  message: string;
}

/** Reads a line as `encodeTranscriptLine` writes it; `undefined` when it is none. */
export function parseTranscriptLine(line: string): TranscriptLine | undefined {
  const [, day, time, username = '', message = ''] = LINE.exec(line) ?? [];
  if (day === undefined || Number.isNaN(Date.parse(`${day}T${time}Z`))) return undefined;
  return {
    localTime: `${day}T${time}`,
    username: fromOneLine(username),
    message: fromOneLine(message),
  };
}

const UNESCAPES: Record<string, string> = { '\\n': '\n', '\\r': '\r', '\\v': '\v', '\\f': '\f' };

function fromOneLine(text: string): string {
  return text.replace(
    /\\(?:[nrvf]|u0085|u2028|u2029)/g,
    (escaped) => UNESCAPES[escaped] ?? String.fromCharCode(Number.parseInt(escaped.slice(2), 16)),
  );
}
