import { basename } from 'node:path';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import { parseKnownDraft } from '@parley/contract/events/message.ts';
import { parseTranscriptLine } from '@parley/contract/events/transcript.ts';
import { decodeUtf8 } from '@parley/contract/utf8.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import type { MessageDraft } from '../../store/store.ts';
import { openLocalTime } from './local-time.ts';

/** A line of a transcript, and its draft. */
export interface TranscriptMessage {
  line: string;
  draft: Omit<MessageDraft, 'key' | 'server'>;
}

/**
 * Reads a whole transcript `<channel>.txt`. Lines may end with LF, CR LF or CR, and a byte order mark
 * may stand before the first.
 * @throws PlainError for a name or a line that is malformed
 */
export function parseTranscript(
  file: string,
  bytes: Uint8Array,
  timezone: string,
): { channel: string; messages: TranscriptMessage[] } {
  const channel = channelOf(file, '.txt');
  const toUtc = openLocalTime(timezone);
  const lines = refusedAs(file, () => decodeUtf8(bytes, 'the file')).split(/\r\n?|\n/);
  if (lines.at(-1) === '') lines.pop();
  const messages = lines.map((line, i): TranscriptMessage => {
    const where = `${file}:${i + 1}`;
    const parsed = parseTranscriptLine(line);
    if (!parsed) {
      throw new PlainError(`${where}: not of the form [2018-02-25 14:00:51] name: text`);
    }
    const draft = refusedAs(where, () => parseKnownDraft(parsed));
    const at = refusedAs(where, () => toUtc(parsed.localTime));
    return {
      line,
      draft: { kind: 'message', channel, ...draft, author: null, at, imported: true },
    };
  });
  return { channel, messages };
}

/** The channel that a file is named after. @throws PlainError when it is not a channel's name */
export function channelOf(file: string, ending: string): string {
  return refusedAs(`${file}: its name is not a channel's`, () =>
    parseChannel(basename(file, ending)),
  );
}

/** Runs a check. @throws PlainError that begins with the place, and has what the check found */
export function refusedAs<T>(where: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new PlainError(`${where}: ${(error as Error).message}`);
  }
}
