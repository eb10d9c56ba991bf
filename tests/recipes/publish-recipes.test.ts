import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { everyEvent } from '@parley/testkit/clients/event-log.ts';
import { type Running, startStandalone } from '@parley/testkit/processes/running.ts';
import { recipesOf } from './recipe.ts';
import { startRecipe } from './running-recipe.ts';

/** More requests than any recipe sends. Then no answer is lost, so that a wrong recipe ends. */
const ENOUGH = 10;

const recipes = recipesOf('recipes.md', 'Publish').map((recipe, i) => ({
  ...recipe,
  channel: `orders-${i}`,
}));
const stack = new AsyncDisposableStack();
let parley: Running;
/** The keys of all requests of each path, in order. */
const keys = new Map<string, string[]>();
/** How each recipe ended, by its channel. */
const endings = new Map<string, { code: number | null; errors: string }>();

before(async () => {
  parley = await startStandalone(stack, { CANARY_SECONDS: '0' });
  const lossy = createServer(loseFirstAnswer).listen(0, '127.0.0.1');
  stack.defer(() => void lossy.close().closeAllConnections());
  await once(lossy, 'listening');
  const url = `http://127.0.0.1:${(lossy.address() as AddressInfo).port}`;
  const run = async ({ channel, ...recipe }: (typeof recipes)[number]) => {
    await using running = await startRecipe(recipe, url, { orders: channel });
    endings.set(channel, await running.ended);
  };
  await Promise.all(recipes.filter(({ options }) => options.skip === false).map(run));
});
after(() => stack.disposeAsync());

/** Passes a request to Parley. The client of a new key gets no answer, although Parley answers. */
function loseFirstAnswer(asked: IncomingMessage, answer: ServerResponse): void {
  const { method, url: path = '', headers } = asked;
  const key = String(headers['idempotency-key']);
  const earlier = keys.get(path) ?? [];
  const isNew = !earlier.includes(key) && earlier.length < ENOUGH;
  keys.set(path, [...earlier, key]);
  const passed = request(parley.url + path, { method, headers }, (response) => {
    if (isNew) {
      response.resume().once('end', () => answer.destroy());
    } else {
      answer.writeHead(response.statusCode ?? 0, response.headers);
      response.pipe(answer);
    }
  });
  asked.pipe(passed);
}

test('there are recipes to publish with curl, Node and Python', () => {
  assert.deepEqual(
    [...new Set(recipes.map(({ file }) => file))],
    ['recipe.sh', 'recipe.mjs', 'recipe.py'],
  );
});

for (const { name, channel, options } of recipes) {
  test(`${name}: each event is stored once, also when its answer was lost`, options, async () => {
    const { code, errors = '' } = endings.get(channel) ?? {};
    assert.equal(code, 0, errors);
    const events = await everyEvent(parley.url, channel);
    assert.deepEqual(
      events.map((event) => {
        if (event.kind === 'message') return [event.username, event.message];
        return event.kind === 'event' && [event.type, JSON.parse(event.data)];
      }),
      [
        ['ada', 'hi'],
        ['order.shipped', { order: 17 }],
      ],
    );
    const [first, second, ...others] = keys.get(`/chat/${channel}`) ?? [];
    assert.equal(first, second);
    assert.equal(others[0], others[1]);
    assert.notEqual(first, others[0]);
    assert.equal(others.length, 2);
  });
}
