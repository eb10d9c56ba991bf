import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { SigningKey } from '@parley/kit/tokens/signing-key.ts';
import { startOpenAndRequired } from '@parley/testkit/processes/open-and-required.ts';
import type { Running } from '@parley/testkit/processes/running.ts';
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
  const http = new Http(new URL(required.url), source, fetch);
  const request = () => http.json('/broadcast/requests/presence');
  await Promise.all([request(), request(), request()]);
  assert.equal(asked, 1);
  await Promise.all([request(), request(), request()]);
  assert.equal(asked, 3);
});
