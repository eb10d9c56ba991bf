import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import { type ChatEvent, encodeEvent } from '@parley/contract/events/event.ts';
import { encodeTranscript, openTranscriptClock } from '@parley/contract/events/transcript.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import { EVERY_PRIVATE_CHANNEL } from '@parley/kit/viewer.ts';
import { readChannels } from '../../store/pages/read-channels.ts';
import { readPages } from '../../store/pages/read-pages.ts';
import type { Store } from '../../store/store.ts';

/**
 * The limit of most file systems. A channel's name with letters of four bytes each may be longer.
 */
const FILE_NAME_MAX_BYTES = 255;

export interface ExportOptions {
  folder: string;
  /** Only these channels; empty: all but the canaries' channel. */
  channels: string[];
  /** Called with the seq up to which a channel is written. */
  progress?: (channel: string, seq: number) => void;
}

/** How a channel's events are written, and the ending of the file's name. */
interface Form {
  ending: string;
  encode(events: ChatEvent[]): string;
}

/**
 * Writes the transcript `<channel>.txt` of each of the channels, with times in the zone, as
 * `exportChannels` does.
 */
export function exportTranscripts(
  store: Store,
  { timezone, ...options }: ExportOptions & { timezone: string },
): AsyncGenerator<string> {
  const clock = openTranscriptClock(timezone);
  const encode = (events: ChatEvent[]) => encodeTranscript(events, clock);
  return exportChannels(store, { ending: '.txt', encode }, options);
}

/**
 * Writes the log `<channel>.ndjson` of each of the channels, one event a line as the HTTP API gives
 * it, as `exportChannels` does.
 */
export function exportLogs(store: Store, options: ExportOptions): AsyncGenerator<string> {
  const encode = (events: ChatEvent[]) => events.map((event) => `${encodeEvent(event)}\n`).join('');
  return exportChannels(store, { ending: '.ndjson', encode }, options);
}

/** @throws PlainError that names the channels that do not exist */
async function requireChannels(store: Store, names: string[]): Promise<void> {
  if (names.length === 0) return;
  const found = await store.channels({
    after: '',
    limit: names.length,
    names,
    viewer: EVERY_PRIVATE_CHANNEL,
  });
  const known = new Set(found.map(({ channel }) => channel));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0) throw new PlainError(`There is no channel ${missing.join(', ')}.`);
}

/** @throws PlainError when there is a file with this name, or the folder cannot be made */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const isFile = (error as NodeJS.ErrnoException).code === 'EEXIST';
    const reason = isFile ? 'it is a file' : (error as Error).message;
    throw new PlainError(`The folder ${folder} cannot be made: ${reason}.`, { cause: error });
  }
}

/**
 * Writes a file for each of the channels into a folder, which is made when missing. Yields each file
 * when it is written.
 * @throws PlainError for a name that no channel has, and at the end for names too long for a file
 */
async function* exportChannels(
  store: Store,
  { ending, encode }: Form,
  { folder, channels, progress }: ExportOptions,
): AsyncGenerator<string> {
  const named = channels.map(parseName);
  await requireChannels(store, named);
  const tooLong: string[] = [];
  await makeFolder(folder);
  for await (const channel of named.length > 0 ? named : ofPeople(store)) {
    const file = join(folder, `${channel}${ending}`);
    if (Buffer.byteLength(basename(file)) > FILE_NAME_MAX_BYTES) {
      tooLong.push(channel);
      continue;
    }
    await pipeline(
      readPages(store, channel, EVERY_PRIVATE_CHANNEL),
      async function* (pages) {
        for await (const events of pages) {
          yield encode(events);
          progress?.(channel, events.at(-1)?.seq ?? 0);
        }
      },
      createWriteStream(file),
    );
    yield file;
  }
  if (tooLong.length > 0) {
    throw new PlainError(
      `these names are too long for a file, read the channels from GET /chat/<channel>: ${tooLong.join(', ')}`,
    );
  }
}

function parseName(name: string): string {
  try {
    return parseChannel(name);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    throw new PlainError(`"${name}" is not a channel: ${error.message}`);
  }
}

async function* ofPeople(store: Store): AsyncGenerator<string> {
  for await (const channel of readChannels(store)) if (channel !== CANARY_CHANNEL) yield channel;
}
