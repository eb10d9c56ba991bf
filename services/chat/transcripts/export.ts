import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CANARY_CHANNEL } from '@parley/contract/canary.ts';
import { parseChannel } from '@parley/contract/channel.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { encodeTranscript, openTranscriptClock } from '@parley/contract/transcript.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import { readChannels } from '../store/read-channels.ts';
import { readPages } from '../store/read-pages.ts';
import type { Store } from '../store/store.ts';

export interface ExportOptions {
  folder: string;
  /** Those alone; none: all but the canaries'. */
  channels: string[];
  timezone: string;
  /** Hears up to which event a channel is written. */
  progress?: (channel: string, seq: number) => void;
}

/**
 * Writes `<channel>.txt` for each of the channels into a folder that is made where missing. Yields each
 * file when it is written.
 * @throws PlainError for a name that is no channel's
 */
export async function* exportTranscripts(
  store: Store,
  { folder, channels, timezone, progress }: ExportOptions,
): AsyncGenerator<string> {
  const clock = openTranscriptClock(timezone);
  const named = channels.map(parseName);
  await mkdir(folder, { recursive: true });
  for await (const channel of named.length > 0 ? named : ofPeople(store)) {
    const file = join(folder, `${channel}.txt`);
    await pipeline(
      readPages(store, channel),
      async function* (pages) {
        for await (const events of pages) {
          yield encodeTranscript(events, clock);
          progress?.(channel, events.at(-1)?.seq ?? 0);
        }
      },
      createWriteStream(file),
    );
    yield file;
  }
}

function parseName(name: string): string {
  try {
    return parseChannel(name);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    throw new PlainError(`"${name}" is no channel: ${error.message}`);
  }
}

async function* ofPeople(store: Store): AsyncGenerator<string> {
  for await (const channel of readChannels(store)) if (channel !== CANARY_CHANNEL) yield channel;
}
