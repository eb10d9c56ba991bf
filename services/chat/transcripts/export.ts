import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { encodeTranscriptLine, openTranscriptClock } from '@parley/contract/transcript.ts';
import { readPages } from '../store/read-pages.ts';
import type { Store } from '../store/store.ts';

const CHANNELS_AT_ONCE = 1_000;

/**
 * Writes `<channel>.txt` for each of the channels, or for all where none is named, into a folder
 * that is made where missing. Resolves with the files written.
 */
export async function exportTranscripts(
  store: Store,
  { folder, channels, timezone }: { folder: string; channels: string[]; timezone: string },
): Promise<string[]> {
  const clock = openTranscriptClock(timezone);
  const files: string[] = [];
  await mkdir(folder, { recursive: true });
  for (const channel of channels.length > 0 ? channels : await everyChannel(store)) {
    const file = join(folder, `${channel}.txt`);
    await pipeline(
      readPages(store, channel),
      async function* (pages) {
        for await (const events of pages) {
          yield events.map((event) => encodeTranscriptLine(event, clock)).join('');
        }
      },
      createWriteStream(file),
    );
    files.push(file);
  }
  return files;
}

async function everyChannel(store: Store): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const page = await store.channels({ after: names.at(-1) ?? '', limit: CHANNELS_AT_ONCE });
    names.push(...page.map(({ channel }) => channel));
    if (page.length < CHANNELS_AT_ONCE) return names;
  }
}
