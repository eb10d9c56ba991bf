import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { docker } from '@parley/testkit/processes/docker.ts';
import { imageLayers } from './beside/image-layers.ts';
import { compose, containers, SECRETS, up } from './stack.ts';

/** Unique pieces of the secrets (passwords, a line of each key), with the names of their files. */
let pieces: Map<string, string>;

before(async () => {
  await up();
  const names = (await readdir(SECRETS)).filter((name) => !name.endsWith('.crt'));
  pieces = new Map(await Promise.all(names.map(pieceOf)));
});

async function pieceOf(name: string): Promise<[string, string]> {
  const text = await readFile(join(SECRETS, name), 'utf8');
  const [piece] = /[\w+/=-]{32,}/.exec(text.replace(/-----.*-----/g, '')) ?? [];
  assert.ok(piece, `${name} has a piece to search for`);
  return [piece, name];
}

function foundIn(text: string | Buffer): string[] {
  return [...pieces].filter(([piece]) => text.includes(piece)).map(([, name]) => name);
}

test('no secret is in a layer of our images', async () => {
  const { PARLEY_VERSION: version } = process.env;
  const found = new Set<string>();
  for await (const piece of imageLayers(`parley:${version}`, `parley-edge:${version}`)) {
    for (const name of foundIn(piece)) found.add(name);
  }
  assert.deepEqual([...found], []);
});

test('no secret is in the environment or the arguments of a container', async () => {
  const ids = (await containers()).map(({ ID }) => ID);
  assert.deepEqual(foundIn(await docker('inspect', ...ids)), []);
  assert.deepEqual(foundIn(await compose('config')), []);
});

test('no secret is in a log', async () => {
  const log = await compose('logs', '--no-color');
  assert.ok(log.includes('chat is ready'));
  assert.deepEqual(foundIn(log), []);
});
