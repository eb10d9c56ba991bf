import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { bundleClient } from './bundle.ts';

/** The limit that docs/client.md names. */
const MOST_BYTES = 10_240;

test('the client has at most 10 KB, minified and compressed', async () => {
  const bytes = gzipSync(await bundleClient()).length;
  assert.ok(bytes > 1_000 && bytes <= MOST_BYTES, `${bytes} bytes`);
  console.log(`the client has ${bytes} bytes`);
});
