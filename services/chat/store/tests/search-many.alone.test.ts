import assert from 'node:assert/strict';
import { messageDraft, STORES, testsOn } from '@parley/testkit/databases/log-stores.ts';
import { Random } from '@parley/testkit/random.ts';
import { parseSearch } from '../../search/query.ts';
import type { OpenedStore } from '../opened-store.ts';
import type { SearchQuery } from '../search.ts';

/** `SEARCH_MESSAGES=1000000` measures the figures in docs/benchmarks.md. */
const MESSAGES = Number(process.env.SEARCH_MESSAGES ?? 50_000);
const BATCH = 500;
const CHANNELS = 200;
const AUTHORS = 5_000;
const WORDS = 60_000;
const SYLLABLES = ['ka', 'to', 'mi', 'ra', 'ne', 'lo', 'su', 'vi', 'pe', 'da', 'go', 'chi', 'an'];
const ROUNDS = 5;
const P95_MS = 100;
const DENSE = '東京都の天気はとても良い';

/** Queries of each kind; their words are common, rare or in no message. */
const QUERIES: Record<string, string[]> = {
  'common word': ['to', 'mi', 'ra'],
  'rare word': [wordOf(3_000), wordOf(20_000), wordOf(50_000)],
  'no such word': ['nothing', 'qqq'],
  'common and rare': [`to ${wordOf(9_000)}`, `mi ${wordOf(40_000)}`],
  phrase: ['"to mi"', `"${wordOf(300)} to"`],
  beginning: ['t*', 'tok*', `${wordOf(9_000)}*`],
  author: ['from:user17', 'to from:user3000'],
  'without spaces': ['東京都', '天気', '良'],
};

/** Queries that make a database read as much as it can. */
const WORST = [
  `"${'to '.repeat(60)}"`,
  SYLLABLES.map((syllable) => `${syllable.slice(0, 1)}*`).join(' '),
  SYLLABLES.map((syllable) => `"to ${syllable.slice(0, 1)}"*`).join(' '),
  SYLLABLES.map((syllable) => `${syllable}${syllable}*`).join(' '),
  `"${SYLLABLES.join(' ')} ${SYLLABLES.toReversed().join(' ')}"`,
];
const WORST_MS = 1_500;

/** Servers make statistics of a table that has grown by themselves, within a minute. */
const STATISTICS: Record<string, string> = {
  PostgreSQL: 'ANALYZE search_message',
  MariaDB: 'ANALYZE TABLE search_message',
};

for (const kind of STORES) {
  testsOn(kind)(
    `among ${MESSAGES} messages p95 of a search is below ${P95_MS} ms, and none takes ${WORST_MS} ms`,
    async (store, database) => {
      await fill(store);
      const statistics = STATISTICS[kind[0]];
      if (statistics) await database.execute(statistics);
      const all: number[] = [];
      for (const [name, queries] of Object.entries(QUERIES)) {
        const times: number[] = [];
        for (const q of queries) {
          for (const channel of [undefined, { name: 'channel.1' }, { name: 'channel.150' }]) {
            for (let round = 0; round < ROUNDS; round++) {
              times.push(
                await timeOf(store, { ...parseSearch(q), limit: 20, ...(channel && { channel }) }),
              );
            }
          }
        }
        all.push(...times);
        console.log(
          `${kind[0]}, ${name}: p50 ${percentile(times, 50)} ms, p95 ${percentile(times, 95)} ms`,
        );
      }
      console.log(`${kind[0]}, all: p50 ${percentile(all, 50)} ms, p95 ${percentile(all, 95)} ms`);
      const worst: number[] = [];
      for (const q of WORST) worst.push(await timeOf(store, { ...parseSearch(q), limit: 20 }));
      console.log(`${kind[0]}, the worst: ${percentile(worst, 100)} ms`);
      assert.ok(percentile(all, 95) < P95_MS);
      assert.ok(Math.max(...worst) < WORST_MS);
    },
  );
}

/** Stores messages with words of a natural distribution, 2 s apart. */
async function fill(store: OpenedStore): Promise<void> {
  const seeded = new Random(1);
  const random = () => seeded.next();
  const common = (count: number, power = 1) =>
    Math.min(count - 1, Math.floor(count ** (random() ** power)) - 1);
  for (let stored = 0; stored < MESSAGES; stored += BATCH) {
    await store.append(
      Array.from({ length: BATCH }, (_, n) => {
        const words = Array.from({ length: 3 + Math.floor(random() * 14) }, () =>
          wordOf(common(WORDS)),
        );
        if (n % 10 === 0) words.push(DENSE.slice(Math.floor(random() * 6)));
        return messageDraft(`channel.${1 + common(CHANNELS, 1.5)}`, words.join(' '), {
          username: `user${common(AUTHORS, 1.2)}`,
          at: Date.UTC(2026, 0, 1) + (stored + n) * 2_000,
        });
      }),
    );
  }
}

/** The word of a rank: the higher the rank, the longer and the rarer. */
function wordOf(rank: number): string {
  let word = '';
  for (let left = rank + 1; left > 0; left = Math.floor(left / SYLLABLES.length)) {
    word += SYLLABLES[left % SYLLABLES.length];
  }
  return word;
}

async function timeOf(store: OpenedStore, query: SearchQuery): Promise<number> {
  const startedAt = performance.now();
  await store.search.search(query);
  return performance.now() - startedAt;
}

function percentile(times: number[], percent: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  const index = Math.ceil((percent / 100) * sorted.length) - 1;
  return Number((sorted[index] ?? 0).toFixed(1));
}
