import { readFile } from 'node:fs/promises';
import { PlainError } from '@parley/kit/plain-error.ts';
import { EVERY_PRIVATE_CHANNEL } from '@parley/kit/viewer.ts';
import type { OpenedStore } from '../../store/opened-store.ts';
import type { Draft } from '../../store/store.ts';
import { unreadable } from '../read-file.ts';
import { lineKeys, olderKeys } from './import-keys.ts';
import { parseTranscript } from './parse-transcript.ts';

const BATCH = 500;

export interface ImportOptions {
  timezone: string;
  server: string;
  /** Called with the number of lines that are done, and the number of all lines. */
  progress?: (done: number, of: number) => void;
}

/**
 * Appends a transcript `<channel>.txt` to its channel, with the times that its lines name. The
 * whole file is checked before its first line is stored. Importing a file again stores nothing;
 * when the file has grown, it stores the new lines only. Resolves with the number of stored lines.
 * @throws PlainError for a file that cannot be read, a name or a line that is malformed, or a
 * channel that is closed
 */
export async function importTranscript(
  store: OpenedStore,
  file: string,
  { timezone, server, progress }: ImportOptions,
): Promise<number> {
  const bytes = await readFile(file).catch((error) => {
    throw unreadable(file, error);
  });
  const { channel, messages } = parseTranscript(file, bytes, timezone);
  const older = await olderKeys(store, channel, bytes);
  const keys = lineKeys(messages.map(({ line }) => line));
  const drafts = messages.map(({ draft }, i): Draft => {
    return { ...draft, server, viewer: EVERY_PRIVATE_CHANNEL, key: older[i] ?? keys[i] ?? '' };
  });
  let stored = 0;
  for (let i = 0; i < drafts.length; i += BATCH) {
    const results = await store.append(drafts.slice(i, i + BATCH));
    for (const [k, result] of results.entries()) {
      if (result.outcome === 'refused') throw refusal(`${file}:${i + k + 1}`, result.reason);
    }
    stored += results.filter(({ outcome }) => outcome === 'stored').length;
    progress?.(Math.min(i + BATCH, drafts.length), drafts.length);
  }
  return stored;
}

/** The error for a line that the store refused. */
export function refusal(where: string, reason: string): PlainError {
  return new PlainError(
    reason === 'channel-closed'
      ? `${where}: the channel is closed; open it again first`
      : `${where}: the store refused the line (${reason})`,
  );
}
