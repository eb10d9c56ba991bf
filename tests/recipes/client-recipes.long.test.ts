import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type Client, connect } from '@parley/client';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { recipesOf } from './recipe.ts';
import { type RunningRecipe, startRecipe } from './running-recipe.ts';

const recipes = recipesOf('client-recipes.md');
const tested = new Set<string>();
const stack = new AsyncDisposableStack();
let folder: string;
let parley: Running;
let bob: Client;

before(async () => {
  folder = stack.use(await temporaryFolder()).path;
  const env = { DATA_DIR: `${folder}/data`, CANARY_SECONDS: '0' };
  parley = stack.use(await start('services/standalone', env));
  bob = connect(parley.url, { username: 'bob' });
  stack.defer(() => bob.close());
});
after(() => stack.disposeAsync());

/** A token of an account that may read and post everywhere. */
function tokenOf(sub: string): string {
  const key = openSigningKey(readFileSync(`${folder}/data/token.key`, 'utf8'));
  return key.sign({ sub, name: sub, publish: ['**'], subscribe: ['**'] }, 600);
}

type Recipe = (words?: Record<string, string>) => Promise<RunningRecipe>;

/** Runs a recipe; its channels are named after the test, so that recipes do not share them. */
function testRecipe(name: string, body: (run: Recipe, channel: string) => Promise<void>): void {
  tested.add(name);
  test(name, async () => {
    const recipe = recipes.find((one) => one.name.startsWith(`${name} v`));
    assert.ok(recipe, 'the recipe is in docs/client-recipes.md');
    const channel = name.replaceAll(/\W+/g, '-');
    const names = { "'lobby'": `'${channel}'`, "'orders'": `'${channel}'` };
    await using running = new AsyncDisposableStack();
    const run: Recipe = async (words = {}) =>
      running.use(await startRecipe(recipe, parley.url, { ...names, ...words }));
    await body(run, channel);
  });
}

const shows = ({ text }: RunningRecipe, wanted: string) =>
  until(`it writes ${wanted}`, () => text().includes(wanted)).catch((error: Error) =>
    assert.fail(`${error.message}; it wrote ${text()}`),
  );

async function endsWell(recipe: RunningRecipe): Promise<string[]> {
  assert.deepEqual(await recipe.ended, { code: 0, errors: '' });
  return recipe.text().trimEnd().split('\n');
}

testRecipe('Show a channel', async (run, name) => {
  const channel = bob.channel(name);
  await channel.send('before');
  const recipe = await run();
  await shows(recipe, 'bob: before\n');
  await channel.send('later');
  await shows(recipe, 'bob: before\nbob: later\n');
});

testRecipe('Show messages as they are now', async (run, name) => {
  const headers = { Authorization: `Bearer ${tokenOf('eve')}`, 'Content-Type': 'application/json' };
  const change = async (method: string, path: string, body?: object) => {
    const request = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const answer = await fetch(`${parley.url}/chat/${name}${path}`, request);
    assert.ok(answer.ok, await answer.text());
  };
  for (const message of ['gone', 'one', 'two']) await change('POST', '', { message });
  await change('DELETE', '/events/1');
  const recipe = await run();
  await shows(recipe, '\none (+0), two (+0)\n');
  await change('PUT', '/events/2/vote', { value: 1 });
  await shows(recipe, '\none (+1), two (+0)\n');
  await change('PATCH', '/events/2', { message: 'three' });
  await shows(recipe, '\nthree (+1), two (+0)\n');
  await change('DELETE', '/events/3');
  await shows(recipe, '\nthree (+1)\n');
  assert.doesNotMatch(recipe.text(), /gone/);
});

testRecipe('Post, and show why a post was refused', async (run, name) => {
  const [stored, refused] = await endsWell(await run());
  assert.equal(stored, 'stored as number 1');
  assert.match(String(refused), /^invalid-message: /);
  const { events } = await bob.channel(name).history();
  assert.deepEqual(
    events.map((event) => event.kind === 'message' && [event.username, event.message]),
    [['ada', 'hi everybody!']],
  );
});

testRecipe('Send events of your own', async (run) => {
  await shows(await run(), '1 shipped: 17\n2 shipped: 18\n');
});

testRecipe('Follow many channels', async (run) => {
  const recipe = await run({ 'console.error(state)': 'console.log(state)' });
  await shows(recipe, 'live\n');
  await bob.channel('alerts').send('disk full');
  await bob.channel('lobby').send('hi');
  await bob.channel('alerts').send('disk fuller');
  await shows(recipe, '{"lobby":1,"orders":0,"alerts":2}\n');
});

testRecipe('Show who is typing', async (run, name) => {
  const recipe = await run();
  const channel = bob.channel(name);
  const readBy = (readers: number) =>
    until('it is read', async () => (await channel.presence()).guests === readers);
  await readBy(1);
  // A signal may be lost, and too many are refused.
  await until('it shows a signal', async () => {
    await channel.signal('typing').catch(() => undefined);
    return recipe.text().includes('bob is typing\n');
  });
  let heard = 0;
  channel.on('signal', ({ username }) => username === 'ada' && heard++);
  await readBy(2);
  for (let i = 0; i < 3; i++) recipe.write('x');
  await shows(recipe, 'ada is typing\n');
  await until('others read it', () => heard === 1);
});

testRecipe('Show who reads', async (run, name) => {
  const recipe = await run();
  await shows(recipe, '1 guests, \n');
  const eve = connect(parley.url, { token: async () => tokenOf('eve') });
  eve.channel(name).on('message', () => undefined);
  await shows(recipe, '1 guests, eve\n');
  eve.close();
  await until('she has left', () => recipe.text().endsWith('1 guests, \n'));
});

testRecipe('Go on where the program stopped', async (run, name) => {
  const position = `${folder}/position.txt`;
  const channel = bob.channel(name);
  const ids: string[] = [];
  const post = async () => (await channel.send('an order')).id;
  const first = await run({ 'position.txt': position });
  await until('it reads from now', async () => {
    ids.push(await post());
    return existsSync(position);
  });
  ids.push(await post());
  await until('the position is kept', () => readFileSync(position, 'utf8') === ids.at(-1));
  await shows(first, `${ids.at(-1)}\n`);
  const lines = first.text().trimEnd().split('\n');
  assert.deepEqual(lines, ids.slice(-lines.length));
  await first[Symbol.asyncDispose]();
  const missed = await post();
  const again = await run({ 'position.txt': position });
  await shows(again, '\n');
  assert.equal(again.text(), `${missed}\n`);
});

testRecipe('Read the whole past', async (run, name) => {
  for (let i = 0; i < 5; i++) await bob.channel(name).emit('counted', i);
  const lines = await endsWell(await run({ 'limit: 100': 'limit: 2' }));
  assert.deepEqual(lines, ['1 event', '2 event', '3 event', '4 event', '5 event']);
});

testRecipe('Sign in', async (run) => {
  writeFileSync(`${folder}/token.txt`, `${tokenOf('eve')}\n`);
  const recipe = await run({ 'token.txt': `${folder}/token.txt` });
  assert.deepEqual(await endsWell(recipe), ['eve']);
});

test('every recipe is tested', () => {
  assert.equal(recipes.length, 10);
  for (const { name } of recipes) assert.ok(tested.has(name.replace(/ v\S+$/, '')), name);
});
