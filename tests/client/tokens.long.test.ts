import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { connect } from '@parley/client';
import { openSigningKey, type SigningKey } from '@parley/kit/tokens/signing-key.ts';
import { startOpenAndRequired } from '@parley/testkit/processes/open-and-required.ts';
import { type Running, startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { EventSource } from 'eventsource';
import { Http } from '../../packages/client/http.ts';

const stack = new AsyncDisposableStack();
let required: Running;
let key: SigningKey;

before(async () => {
  ({ required, key } = await startOpenAndRequired(stack));
});
after(() => stack.disposeAsync());

const sign = (lifeSeconds: number) =>
  key.sign({ sub: 'ada', name: 'ada', publish: ['**'], subscribe: ['**'] }, lifeSeconds);

test('requests at the same time ask for one token, when one is about to end or is refused', async () => {
  // The first ends too soon to be used again.
  const tokens = [sign(20), `${sign(600)}x`, sign(600)];
  let asked = 0;
  const source = async () => tokens[asked++] ?? '';
  const http = new Http(new URL(required.url), { token: source });
  const request = () => http.json('/broadcast/requests/presence');
  await Promise.all([request(), request(), request()]);
  assert.equal(asked, 1);
  await Promise.all([request(), request(), request()]);
  assert.equal(asked, 3);
});

for (const [way, source] of Object.entries({ fetch: undefined, EventSource })) {
  for (const [cause, code] of Object.entries({ refused: 'invalid-token', missing: 'no-token' })) {
    test(`by ${way}: a ${cause} token is an error once, and the client goes on trying`, async () => {
      Object.assign(globalThis, { EventSource: source });
      let asked = 0;
      let isValid = false;
      const token = async () => {
        asked++;
        if (isValid) return sign(600);
        if (cause === 'missing') throw new Error('signed out');
        return `${sign(600)}x`;
      };
      const client = connect(required.url, { token });
      stack.defer(() => client.close());
      const errors: string[] = [];
      const seen: number[] = [];
      const open = (name: string) => {
        const channel = client.channel(`${way}-${cause}-${name}`, { last: 1 });
        channel.on('error', ({ code }) => errors.push(`${name} ${code}`));
        channel.on('*', ({ seq }) => seen.push(seq));
        return channel;
      };
      const [one] = [open('one'), open('two')];
      await until('it has tried more than once', () => asked > 2);
      open('three');
      await until('the new channel has the error, too', () => errors.length === 3);
      assert.deepEqual(errors, [`one ${code}`, `two ${code}`, `three ${code}`]);
      isValid = true;
      await until('it is live', () => client.state === 'live');
      await one?.send('hi');
      await until('it reads', () => seen.length === 1);
      assert.equal(errors.length, 3);
    });
  }
}

test('a token source that repeats an ended token causes no flood of requests', async () => {
  await using folder = await temporaryFolder();
  // Not by the proxy that compares with the contract: such a stream may end before its hello.
  await using bare = await startBare('services/standalone', {
    DATA_DIR: folder.path,
    AUTH: 'required',
  });
  const own = openSigningKey(readFileSync(`${folder.path}/token.key`, 'utf8'));
  const token = own.sign({ sub: 'ada', publish: [], subscribe: ['**'] }, 1);
  let requests = 0;
  const counting: typeof fetch = (...request) => {
    requests++;
    return fetch(...request);
  };
  const client = connect(bare.url, { token: async () => token, fetch: counting });
  stack.defer(() => client.close());
  const errors: string[] = [];
  client.channel('ended').on('error', ({ code }) => errors.push(code));
  await until('the token is refused', () => errors.length > 0);
  assert.deepEqual(errors, ['invalid-token']);
  assert.ok(requests < 20, `${requests} requests`);
});
