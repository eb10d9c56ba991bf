import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseChannel } from '@parley/contract/channel.ts';
import { parseKnownDraft } from '@parley/contract/message.ts';
import { parseTranscriptLine } from '@parley/contract/transcript.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import type { Append, Store } from '../store/store.ts';
import { openLocalTime } from './local-time.ts';

const BATCH = 500;

/** A file cannot be imported; the message names it, the line and what is wrong. */
export class TranscriptError extends PlainError {
  override name = 'TranscriptError';
}

/**
 * Appends a transcript `<channel>.txt` to its channel, with the times that its lines name. The
 * whole file is checked before its first line is stored. Importing a file again stores nothing:
 * each line has a key made of the file's content and the line's number. Resolves with how many
 * lines were stored now.
 * @throws TranscriptError for a file that cannot be read, a name or a line that is malformed, or a
 * channel that is closed
 */
export async function importTranscript(
  store: Store,
  file: string,
  { timezone, server }: { timezone: string; server: string },
): Promise<number> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new TranscriptError(`${file}: it cannot be read (${error.code})`);
  });
  const appends = parseTranscript(file, bytes, { timezone, server });
  let stored = 0;
  for (let i = 0; i < appends.length; i += BATCH) {
    const results = await store.append(appends.slice(i, i + BATCH));
    if (results.some(({ outcome }) => outcome === 'refused')) {
      throw new TranscriptError(`${file}: the channel is closed; open it again first`);
    }
    stored += results.filter(({ outcome }) => outcome === 'stored').length;
  }
  return stored;
}

function parseTranscript(
  file: string,
  bytes: Buffer,
  { timezone, server }: { timezone: string; server: string },
): Append[] {
  const channel = refusedAs(`${file}: its name is no channel's`, () =>
    parseChannel(basename(file, '.txt')),
  );
  const text = refusedAs(`${file}: it is not UTF-8`, () =>
    new TextDecoder('utf-8', { fatal: true }).decode(bytes),
  );
  const digest = createHash('sha256').update(bytes).digest('base64url');
  const toUtc = openLocalTime(timezone);
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, i): Append => {
    const number = i + 1;
    const parsed = parseTranscriptLine(line);
    if (!parsed) {
      throw new TranscriptError(
        `${file}:${number}: not of the form [2018-02-25 14:00:51] name: text`,
      );
    }
    const draft = refusedAs(`${file}:${number}`, () => parseKnownDraft(parsed));
    const key = `import:${digest}:${number}`;
    const at = toUtc(parsed.localTime);
    const said = { kind: 'message', channel, ...draft, author: null } as const;
    return { ...said, server, at, key, imported: true };
  });
}

function refusedAs<T>(where: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new TranscriptError(`${where}: ${(error as Error).message}`);
  }
}
