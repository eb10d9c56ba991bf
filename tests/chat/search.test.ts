import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask } from '@parley/testkit/clients/ask.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

interface Result {
  channel: string;
  seq: number;
  message: string;
  matches: { start: number; end: number }[];
}

const stack = new AsyncDisposableStack();
let parley: Running;

before(async () => {
  const folder = stack.use(await temporaryFolder());
  parley = stack.use(await start('services/standalone', { DATA_DIR: folder.path }));
});
after(() => stack.disposeAsync());

async function post(channel: string, message: string, username = 'ana') {
  const response = await fetch(`${parley.url}/chat/${channel}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, message }),
  });
  assert.equal(response.status, 201);
}

async function search(path: string, query: Record<string, string | number>) {
  const parameters = new URLSearchParams(
    Object.entries(query).map(([name, value]) => [name, String(value)]),
  );
  const { status, body } = await ask('GET', `${parley.url}${path}?${parameters}`, {});
  assert.equal(status, 200, JSON.stringify(body));
  return body as { results: Result[]; next: number | string | null };
}

/** The marked parts of a result's text. */
const marked = ({ message, matches }: Result) =>
  matches.map(({ start: from, end }) => message.slice(from, end));

test('a channel is searched, and the matching parts are marked in UTF-16 code units', async () => {
  await post('marks', '🎉 Crème brûlée, CREME and cremes: 東京都 first');
  await post('marks', 'nothing here');
  const { results, next } = await search('/chat/marks/search', { q: 'creme "brulee creme" 東京' });
  assert.deepEqual(results.map(marked), [['Crème', 'brûlée, CREME', '東京']]);
  assert.equal(next, null);
  const [begun] = (await search('/api/chat/marks/search', { q: 'crem*' })).results;
  assert.deepEqual(begun && marked(begun), ['Crème', 'CREME', 'cremes']);
  const byAuthor = await search('/chat/marks/search', { q: 'from:Ana', limit: 1 });
  assert.deepEqual(byAuthor.results.map(marked), [[]]);
  assert.equal(byAuthor.next, 2);
  assert.deepEqual(await search('/chat/unknown/search', { q: 'creme' }), {
    results: [],
    next: null,
  });
});

test('pages of one channel and of all go from the newest message to the oldest', async () => {
  for (let n = 1; n <= 5; n++) {
    await post('pages.a', `apple ${n}`);
    await post('pages.b', `apple ${n}`);
  }
  const inOne: number[] = [];
  for (let next: number | string | null = 99; next !== null; ) {
    const page = await search('/chat/pages.a/search', { q: 'apple', limit: 2, before: next });
    inOne.push(...page.results.map(({ seq }) => seq));
    next = page.next;
  }
  assert.deepEqual(inOne, [5, 4, 3, 2, 1]);
  const inAll: string[] = [];
  let page = await search('/search', { q: 'apple', limit: 3 });
  for (;;) {
    inAll.push(...page.results.map(({ channel, seq }) => `${channel} ${seq}`));
    if (page.next === null) break;
    page = await search('/search', { q: 'apple', limit: 3, before: page.next });
  }
  assert.equal(new Set(inAll).size, 10);
  assert.deepEqual(inAll.slice(0, 2).sort(), ['pages.a 5', 'pages.b 5']);
  assert.deepEqual(inAll.slice(-2).sort(), ['pages.a 1', 'pages.b 1']);
});

test('a query that cannot be searched is refused with a code', async () => {
  const refused = [
    '/search',
    '/search?q=',
    '/search?q=%20*%20%22%22',
    '/search?q=before:2026-11-01',
    '/search?q=tea%20before:yesterday',
    '/search?q=tea%20before:2026-13-01',
    '/search?q=from:',
    `/search?q=${'a'.repeat(501)}`,
    `/search?q=${'a+'.repeat(17)}`,
    '/search?q=tea&limit=101',
    '/search?q=tea&limit=0',
    '/search?q=tea&before=x',
    '/search?q=tea&q=coffee',
    '/chat/general/search?q=tea&before=1.2',
  ];
  for (const path of refused) {
    const { status, body } = await ask('GET', parley.url + path, {});
    assert.deepEqual([status, body?.code], [400, 'invalid-query'], path);
  }
});

test('a channel cannot be named as the path of the search', async () => {
  const { status, body } = await ask('GET', `${parley.url}/chat/search/events`, {});
  assert.deepEqual([status, body?.code], [400, 'reserved-channel']);
});
