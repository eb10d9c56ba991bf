import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:https';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { until } from '@parley/testkit/until.ts';
import { compose, URL_OF_STACK, up } from './stack.ts';

const OVERLAY = ['--file', 'docker-compose.yml', '--file', 'infra/compose/catalog.yml'];
const DEMO = [...OVERLAY, '--profile', 'demo'];
const SERVICES = ['nats', 'catalog', 'feeds'];

interface Feed {
  feed: string;
  channel: string | null;
  stored: number;
  deadLetters: number;
  lag: number;
}

async function feeds(): Promise<Feed[]> {
  const response = await fetch(`${URL_OF_STACK}/catalog`);
  if (!response.ok) return [];
  return ((await response.json()) as { feeds: Feed[] }).feeds;
}

/** Resolves when every feed has more records than before. */
function growing(before: Feed[] = []): Promise<void> {
  return until(
    'both feeds grow',
    async () => {
      const now = await feeds();
      return now.length === 2 && now.every(({ stored }, i) => stored > (before[i]?.stored ?? 0));
    },
    60_000,
  );
}

test('the overlay catalog stores each message of the demo feeds once, also across a kill, and announces them', async () => {
  await up();
  await compose(...DEMO, 'up', '--detach', '--no-deps', ...SERVICES);
  await growing();
  const announced = (await feeds()).find(({ channel }) => channel !== null);
  using reader = new EventReader(URL_OF_STACK, announced?.channel ?? '');
  await reader.received(3, 30_000);

  await compose(...DEMO, 'kill', 'catalog');
  await compose(...DEMO, 'up', '--detach', '--no-deps', 'catalog');
  await until('the catalog is back', async () => (await feeds()).length === 2, 60_000);
  await growing(await feeds());

  await compose(...DEMO, 'stop', 'feeds');
  await until(
    'every captured message is stored',
    async () => (await feeds()).every(({ lag }) => lag === 0),
    60_000,
  );
  for (const { feed, stored, deadLetters } of await feeds()) {
    assert.equal(deadLetters, 0);
    const seen = await streamSeqs(feed);
    assert.equal(seen.length, stored);
    assert.equal(new Set(seen).size, stored);
  }
  await compose(...DEMO, 'rm', '--stop', '--force', ...SERVICES);
});

/** The stream sequences of all records of a feed. */
async function streamSeqs(feed: string): Promise<number[]> {
  const headers = { Accept: 'application/x-ndjson' };
  // By HTTP/1.1: over HTTP/2 Node's fetch once stopped reading after 2 MB, and nginx ended the stream.
  const [answer] = await once(get(`${URL_OF_STACK}/catalog/${feed}`, { headers }), 'response');
  const lines = (await text(answer)).trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { streamSeq: number }).streamSeq);
}
