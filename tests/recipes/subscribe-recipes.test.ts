import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeEvent } from '@parley/contract/events/event.ts';
import { everyEvent } from '@parley/testkit/clients/event-log.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { recipesOf } from './recipe.ts';
import { type RunningRecipe, startRecipe } from './running-recipe.ts';

const KILLS = 2;
/** Posts between two kills; while a server is down they wait for the next one. */
const POSTS = 60;
/** Characters that libraries and shells treat as the end of a line, or as special. */
const TEXT = 'a\u2028b\u2029c \\n "e" $f `g` 😀 data: x\nid: y\n\nid: e:1';

const recipes = recipesOf('recipes.md', 'Subscribe');
const runnable = recipes.filter(({ options }) => options.skip === false);
const stack = new AsyncDisposableStack();
const running = new Map<string, RunningRecipe>();
let url: string;
let log: string[];
let posted = 0;
/** True when the tests are over, so that no post is repeated. */
let ended = false;

before(async () => {
  const { path: DATA_DIR } = stack.use(await temporaryFolder());
  const env = { DATA_DIR, CANARY_SECONDS: '0', POSTS_PER_ADDRESS: '0' };
  let parley: Running = await start('services/standalone', env);
  stack.defer(() => parley[Symbol.asyncDispose]());
  ({ url } = parley);
  await Promise.all(Array.from({ length: 3 }, (_, i) => post(`before ${i}`)));
  for (const recipe of runnable) {
    running.set(recipe.name, stack.use(await startRecipe(recipe, url)));
  }
  const lines = (count: number) => () =>
    [...running.values()].every(({ text }) => text().split('\n').length > count);
  await until('every recipe has the first events', lines(3));
  const posts: Promise<void>[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    for (let i = 0; i < POSTS; i++) posts.push(post(`${kill} ${i} ${TEXT}`));
    await until(
      'some are stored',
      async () => (await everyEvent(url, 'orders')).length > 3 + kill * POSTS + 5,
    );
    await parley.end('SIGKILL');
    parley = await start('services/standalone', { ...env, PORT: new URL(url).port });
  }
  await Promise.all(posts);
  await post('the last');
  log = (await everyEvent(url, 'orders')).map(encodeEvent);
  await until('every recipe has every event', lines(log.length)).catch(() => undefined);
});
after(async () => {
  ended = true;
  await stack.disposeAsync();
});

/** Posts a message or a typed event until it is stored. */
async function post(text: string): Promise<void> {
  const data = `{"10":${JSON.stringify(`\u0085${text}`)},"2":12345678901234567890}`;
  const body =
    ++posted % 2 === 0
      ? JSON.stringify({ username: 'ada', message: text })
      : `{"type":"order.shipped","data":${data}}`;
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': `key-${posted}` };
  while (!ended) {
    const request = fetch(`${url}/chat/orders`, { method: 'POST', headers, body });
    const answer = await request.catch(() => undefined);
    if (answer?.ok) return;
    if (answer && answer.status < 500) throw new Error(await answer.text());
    await delay(20);
  }
}

test('there are recipes to subscribe with curl, Node and Python', () => {
  assert.deepEqual(
    [...new Set(recipes.map(({ file }) => file))],
    ['recipe.sh', 'recipe.mjs', 'recipe.py'],
  );
});

for (const { name, options } of recipes) {
  test(
    `${name}: every event once and in order, through ${KILLS} kills of the server`,
    options,
    () => {
      assert.equal(log.length, 4 + KILLS * POSTS);
      assert.deepEqual(running.get(name)?.text().trimEnd().split('\n'), log);
    },
  );
}
