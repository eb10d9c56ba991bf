import { type ChatEvent, parseEvent } from '@parley/contract/events/event.ts';
import { INBOX_MAX_BYTES } from '@parley/contract/events/inbox.ts';
import { parseKnownDraft, parseKnownUsername } from '@parley/contract/events/message.ts';
import { parseData, parseType } from '@parley/contract/events/typed-event.ts';
import type { JsonText } from '@parley/contract/json-text.ts';
import { decodeUtf8 } from '@parley/contract/utf8.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import { ZodError } from 'zod';
import type { EventDraft, MessageDraft } from '../../store/store.ts';
import { readFile, readLines } from '../read-file.ts';
import { refusedAs } from './parse-transcript.ts';

type Unkeyed<D> = Omit<D, 'key' | 'server'>;

/** A line of a log: the event, and its draft when it is imported. */
export interface LogLine {
  /** `<file>:<number of the line>`, for errors. */
  where: string;
  event: ChatEvent;
  /** The draft, or why the event is left out. */
  draft: Unkeyed<MessageDraft> | Unkeyed<EventDraft> | LeftOut;
}

/** Events of a log that an import leaves out. */
export type LeftOut = (typeof LEFT_OUT)[keyof typeof LEFT_OUT] | 'deleted messages';

const LEFT_OUT = {
  vote: 'votes',
  reaction: 'reactions',
  edit: 'edits',
  delete: 'deletes',
  close: 'closings',
  reopen: 'closings',
} as const;

/**
 * Reads a log, one event a line, as `npm run export -- --log` writes it. It does not hold the file in
 * memory, because the file may be large.
 * @throws PlainError for a file that cannot be read, or a line that is malformed or over
 * ENTRY_MAX_BYTES
 */
export async function* parseLog(file: string, channel: string): AsyncGenerator<LogLine> {
  for await (const [bytes, number] of readLines(readFile(file), file)) {
    const where = `${file}:${number}`;
    const event = refusedAs(where, () => parseLine(decodeUtf8(bytes, 'the line')));
    yield { where, event, draft: refusedAs(where, () => draftOf(event, channel)) };
  }
}

function parseLine(line: string): ChatEvent {
  try {
    return parseEvent(line);
  } catch (error) {
    const [issue] = error instanceof ZodError ? error.issues : [];
    const reason = issue ? `${issue.path.join('.')} ${issue.message}`.trim() : 'it is not JSON';
    throw new PlainError(
      `not an event as GET /chat/<channel>/events gives it, on one line: ${reason}`,
    );
  }
}

function draftOf(event: ChatEvent, channel: string): LogLine['draft'] {
  if (event.kind !== 'message' && event.kind !== 'event') return LEFT_OUT[event.kind];
  const common = { channel, author: null, at: parseTime(event.at), imported: true } as const;
  if (event.kind === 'event') {
    const { type, data, username } = event;
    return {
      kind: 'event',
      ...common,
      username: username === undefined ? '' : parseKnownUsername(username),
      type: parseType(type),
      data: checkedData(data),
    };
  }
  if (event.deleted) return 'deleted messages';
  const more = event.data === undefined ? {} : { data: checkedData(event.data) };
  return { kind: 'message', ...common, ...parseKnownDraft(event), ...more };
}

function parseTime(at: string): number {
  const time = Date.parse(at);
  if (!Number.isNaN(time) && new Date(time).toISOString() === at) return time;
  throw new PlainError(`at is not a time such as 2018-02-25T14:00:51.000Z: ${at}`);
}

function checkedData(data: JsonText): JsonText {
  if (Buffer.byteLength(data) <= INBOX_MAX_BYTES) return parseData(data);
  throw new PlainError('The data is over 64 KB.');
}
