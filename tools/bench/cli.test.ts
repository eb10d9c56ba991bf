import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBenchArgs } from './cli.ts';

const KNOWN = ['fanout', 'ingest', 'idle'];

test('without names all scenarios run; with names only those run, in the order of the list', () => {
  assert.deepEqual(parseBenchArgs([], KNOWN).scenarios, KNOWN);
  assert.deepEqual(parseBenchArgs(['idle', '--quick', 'fanout'], KNOWN).scenarios, [
    'fanout',
    'idle',
  ]);
});

test('an unknown name or a wrong value is refused, and the error lists the choices', () => {
  assert.throws(
    () => parseBenchArgs(['fanuot'], KNOWN),
    /no scenario "fanuot".*fanout, ingest, idle/,
  );
  assert.throws(() => parseBenchArgs(['--repeats', '0'], KNOWN), /--repeats/);
  assert.throws(() => parseBenchArgs(['--auth', 'none'], KNOWN), /--auth/);
  assert.throws(() => parseBenchArgs(['--broker', 'nats'], KNOWN), /--broker/);
  assert.throws(() => parseBenchArgs(['--fast'], KNOWN), /--fast/);
});
