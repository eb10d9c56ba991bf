import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CANARY_CHANNEL } from '@parley/contract/canary.ts';
import { parseChannel } from '@parley/contract/channel.ts';
import { encodeTranscript, openTranscriptClock } from '@parley/contract/transcript.ts';
import { readChannels } from '../store/read-channels.ts';
import { readPages } from '../store/read-pages.ts';
import type { Store } from '../store/store.ts';

/**
 * Writes `<channel>.txt` for each of the channels, or for all but the canaries' where none is
 * named, into a folder that is made where missing. Resolves with the files written.
 */
export async function exportTranscripts(
  store: Store,
  { folder, channels, timezone }: { folder: string; channels: string[]; timezone: string },
): Promise<string[]> {
  const clock = openTranscriptClock(timezone);
  const files: string[] = [];
  await mkdir(folder, { recursive: true });
  for await (const channel of channels.length > 0 ? channels.map(parseChannel) : ofPeople(store)) {
    const file = join(folder, `${channel}.txt`);
    await pipeline(
      readPages(store, channel),
      async function* (pages) {
        for await (const events of pages) yield encodeTranscript(events, clock);
      },
      createWriteStream(file),
    );
    files.push(file);
  }
  return files;
}

async function* ofPeople(store: Store): AsyncGenerator<string> {
  for await (const channel of readChannels(store)) if (channel !== CANARY_CHANNEL) yield channel;
}
