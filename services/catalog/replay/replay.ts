import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { openLog } from '@parley/kit/log/log.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import { loadSettings } from '@parley/kit/settings/settings.ts';
import { encodeRecord } from '../encode-record.ts';
import { readFeeds } from '../feeds/read-feeds.ts';
import { replaySettings } from '../settings.ts';
import { openStore } from '../store/open-store.ts';
import { readRecords } from '../store/read-records.ts';
import type { CatalogStore } from '../store/store.ts';
import { merge } from './merge.ts';
import { parseReplayOptions, type ReplayOptions, USAGE } from './options.ts';

interface Line {
  publishedUs: number;
  text: string;
}

/**
 * `npm run catalog -- replay`: prints the stored records in the order of publishing.
 * @throws PlainError
 */
export async function replay(
  args: string[],
  env: NodeJS.ProcessEnv,
  output: NodeJS.WritableStream,
): Promise<void> {
  const options = parseReplayOptions(args);
  if (options.help) {
    output.write(`${USAGE}\n`);
    return;
  }
  const config = loadSettings(replaySettings, env);
  const names = chooseFeeds(
    readFeeds(config.feedsFile).map(({ name }) => name),
    options.feeds,
  );
  await using store = await openStore(config, await openLog(config, 'replay'));
  const sequences = names.map((feed) => linesOf(store, feed, options));
  const lines = merge(sequences, (one, other) => one.publishedUs < other.publishedUs);
  try {
    await pipeline(Readable.from(paced(lines, options.speed)), output, { end: false });
  } catch (error) {
    // A pager may stop reading at any line.
    if (
      !['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(
        String((error as NodeJS.ErrnoException).code),
      )
    )
      throw error;
  }
}

function chooseFeeds(known: string[], wanted: string[]): string[] {
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown === undefined) return wanted.length > 0 ? wanted : known;
  throw new PlainError(`there is no feed "${unknown}"; there are: ${known.join(', ')}`);
}

async function* linesOf(
  store: CatalogStore,
  feed: string,
  { since, until }: ReplayOptions,
): AsyncGenerator<Line> {
  const query = { feed, after: 0, limit: Number.MAX_SAFE_INTEGER, since };
  for await (const record of readRecords(store, {
    ...query,
    ...(until !== undefined && { until }),
  })) {
    yield { publishedUs: record.publishedUs, text: `${encodeRecord(feed, record)}\n` };
  }
}

async function* paced(lines: AsyncIterable<Line>, speed: number): AsyncGenerator<string> {
  const startedAt = performance.now();
  let first: number | undefined;
  for await (const { publishedUs, text } of lines) {
    first ??= publishedUs;
    const dueMs = speed > 0 ? (publishedUs - first) / 1000 / speed : 0;
    const waitMs = startedAt + dueMs - performance.now();
    if (speed > 0 && waitMs > 0) await delay(waitMs);
    yield text;
  }
}
