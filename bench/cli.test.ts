import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBenchArgs } from './cli.ts';

const KNOWN = ['fanout', 'ingest', 'idle'];

test('without names all scenarios run, with names only those, in their own order', () => {
  assert.deepEqual(parseBenchArgs([], KNOWN).scenarios, KNOWN);
  assert.deepEqual(parseBenchArgs(['idle', '--quick', 'fanout'], KNOWN).scenarios, [
    'fanout',
    'idle',
  ]);
});

test('what is not understood is refused with the choices', () => {
  assert.throws(
    () => parseBenchArgs(['fanuot'], KNOWN),
    /no scenario "fanuot".*fanout, ingest, idle/,
  );
  assert.throws(() => parseBenchArgs(['--repeats', '0'], KNOWN), /--repeats/);
  assert.throws(() => parseBenchArgs(['--auth', 'none'], KNOWN), /--auth/);
  assert.throws(() => parseBenchArgs(['--broker', 'nats'], KNOWN), /--broker/);
  assert.throws(() => parseBenchArgs(['--fast'], KNOWN), /--fast/);
});
