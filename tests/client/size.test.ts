import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

/** The limit that docs/client.md names. */
const MOST_BYTES = 10_240;

test('the client has at most 10 KB, minified and compressed', async () => {
  const entry = fileURLToPath(import.meta.resolve('@parley/client'));
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, minify: true, lib: { entry, formats: ['es'], fileName: 'client' } },
  });
  const [output] = [built].flat();
  assert.ok(output && 'output' in output);
  const [chunk] = output.output;
  const bytes = gzipSync(chunk.code).length;
  assert.ok(bytes > 1_000 && bytes <= MOST_BYTES, `${bytes} bytes`);
  console.log(`the client has ${bytes} bytes`);
});
