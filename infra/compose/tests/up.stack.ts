import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { docker } from '@parley/testkit/processes/docker.ts';
import { CHROMIUM, needs } from '@parley/testkit/real-parts.ts';
import { until } from '@parley/testkit/until.ts';
import { chromium } from 'playwright-core';
import {
  collectAnswers,
  compose,
  containers,
  LEFT_OUT,
  services,
  URL_OF_STACK,
  up,
} from './stack.ts';

const REPLICAS: Record<string, number> = { chat: 3, broadcast: 2 };
const IDLE_LIMIT_MIB = 1536;

before(() => up());

const without = LEFT_OUT.length > 0 ? ` (without ${LEFT_OUT}: no image here)` : '';

test(`the unchanged compose file starts with every service healthy${without}`, async () => {
  const running = await containers();
  for (const service of await services()) {
    const own = running.filter(({ Service }) => Service === service);
    assert.equal(own.length, REPLICAS[service] ?? 1, service);
    for (const { Health } of own) assert.equal(Health, 'healthy', service);
  }
});

test('the idle stack uses less than 1.5 GB, with the full limit of each service that is left out', async (t) => {
  const used = (await docker('stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}}'))
    .split('\n')
    .filter((line) => line.startsWith(`${process.env.COMPOSE_PROJECT_NAME}-`))
    .map((line) => mebibytes(line.split(' ')[1] ?? ''));
  const config = JSON.parse(await compose('config', '--format', 'json'));
  const missing = LEFT_OUT.filter((name) => name in config.services);
  const left = missing.map((name) => Number(config.services[name].mem_limit) / 2 ** 20);
  const sum = [...used, ...left].reduce((a, b) => a + b, 0);
  t.diagnostic(`${used.length} containers take ${Math.round(sum)} MiB`);
  assert.equal(used.length, (await containers()).length);
  assert.ok(sum < IDLE_LIMIT_MIB, `${sum} MiB`);
});

function mebibytes(text: string): number {
  const [, number, unit = ''] = /^([\d.]+)(\w+)$/.exec(text) ?? [];
  const size = { B: 2 ** -20, KiB: 2 ** -10, MiB: 1, GiB: 2 ** 10 }[unit] ?? Number.NaN;
  return Number(number) * size;
}

test('every chat accepts posts, every broadcast serves readers, and each reader gets the posts of every chat', async () => {
  const readers: EventReader[] = [];
  await collectAnswers(2, async () => {
    const reader = new EventReader(URL_OF_STACK, 'all');
    readers.push(reader);
    await reader.greeted();
    return reader.hellos[0]?.server ?? '';
  });
  let posts = 0;
  await collectAnswers(3, async () => (await post(URL_OF_STACK, 'all', `${++posts}`)).server);
  for (const reader of readers) {
    await reader.received(posts);
    assert.deepEqual(
      reader.seqs,
      Array.from({ length: posts }, (_, i) => i + 1),
    );
    assert.equal(new Set(reader.events.map(({ message }) => message)).size, posts);
    reader[Symbol.dispose]();
  }
});

test('the page shows which server answered', needs('chromium'), async () => {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ ignoreHTTPSErrors: true });
    await page.goto(`${URL_OF_STACK}/page`);
    const server = await page.getByTestId('served-by').innerText();
    const broadcasts = (await containers('broadcast')).map(({ ID }) => ID.slice(0, 12));
    assert.ok(broadcasts.includes(server), server);
  } finally {
    await browser.close();
  }
});

test('the front door hides health and metrics', async () => {
  for (const path of ['healthz', 'readyz', 'metrics'])
    assert.equal((await fetch(`${URL_OF_STACK}/${path}`)).status, 404, path);
});

test('Prometheus finds every replica of every service', needsService('prometheus'), async () => {
  await until(
    'all six replicas are up',
    async () => {
      const query = 'http://127.0.0.1:9090/api/v1/query?query=count(up==1)by(job)';
      const answer = await compose('exec', '-T', 'prometheus', 'wget', '-q', '-O', '-', query);
      const found = JSON.parse(answer).data.result.map(
        ({
          metric: { job },
          value: [, count],
        }: {
          metric: { job: string };
          value: [number, string];
        }) => `${job} ${count}`,
      );
      return ['chat 3', 'broadcast 2', 'broker 1'].every((line) => found.includes(line));
    },
    60_000,
  );
});

function needsService(name: string): { skip: string | false } {
  return { skip: LEFT_OUT.includes(name) && `${name} is left out` };
}
