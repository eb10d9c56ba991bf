import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import express from 'express';
import { readBuiltFiles } from './built-files.ts';
import { type HttpServer, startHttpServer } from './server/http-server.ts';

const CODE = 'export const answer = 42;\n'.repeat(100);

let folder: string;
let server: HttpServer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-built-'));
  await writeFile(join(folder, 'app.js'), CODE);
  await writeFile(join(folder, 'app.js.br'), brotliCompressSync(CODE));
  await writeFile(join(folder, 'app.js.gz'), gzipSync(CODE));
  await writeFile(join(folder, 'plain.css'), 'a { color: red }');
  const files = readBuiltFiles(folder);
  server = await startHttpServer({ host: '127.0.0.1', port: 0, serverName: 'test' });
  const app = express().disable('etag');
  app.get('/:file', (request, response, next) => {
    const file = files.get(request.params.file);
    if (file) file.send(request, response, 'no-cache');
    else next();
  });
  server.serve(app);
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const get = (file: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/${file}`, { headers });

/** Keeps fetch from asking for a new copy, as it does where it has no cache. */
const KEPT = { 'cache-control': 'max-age=0' };

const ENCODINGS: [accepted: string, used: string | null][] = [
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip, deflate', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['br;q=0, gzip;q=0', null],
  ['*', 'br'],
  ['identity', null],
];

for (const [accepted, used] of ENCODINGS) {
  test(`with Accept-Encoding: ${accepted} the file comes as ${used ?? 'it is'}`, async () => {
    const answer = await get('app.js', { 'accept-encoding': accepted });
    assert.equal(answer.headers.get('content-encoding'), used);
    assert.equal(answer.headers.get('vary'), 'Accept-Encoding');
    assert.match(answer.headers.get('content-type') ?? '', /^text\/javascript/);
    assert.equal(await answer.text(), CODE);
  });
}

test('each form has its own tag, and a client that has the form gets 304', async () => {
  const tags = new Set<string>();
  for (const accepted of ['br', 'gzip', 'identity']) {
    const headers = { 'accept-encoding': accepted };
    const tag = (await get('app.js', headers)).headers.get('etag') ?? '';
    assert.match(tag, /^"[\w-]+"$/);
    tags.add(tag);
    const again = await get('app.js', { ...headers, ...KEPT, 'if-none-match': tag });
    assert.equal(again.status, 304);
    assert.equal(again.headers.get('etag'), tag);
    assert.equal(await again.text(), '');
  }
  assert.equal(tags.size, 3);
  const stale = { ...KEPT, 'accept-encoding': 'gzip', 'if-none-match': '"of-an-older-release"' };
  assert.equal((await get('app.js', stale)).status, 200);
});

test('a file without a compressed form comes as it is; compressed forms have no address of their own', async () => {
  const answer = await get('plain.css', { 'accept-encoding': 'br, gzip' });
  assert.equal(answer.headers.get('content-encoding'), null);
  assert.equal(await answer.text(), 'a { color: red }');
  assert.equal((await get('app.js.br')).status, 404);
});

test('HEAD is answered as GET, without the bytes', async () => {
  const headers = { 'accept-encoding': 'br' };
  const whole = await get('app.js', headers);
  const head = await fetch(`${server.url}/app.js`, { method: 'HEAD', headers });
  for (const name of ['etag', 'content-encoding', 'content-type', 'cache-control']) {
    assert.equal(head.headers.get(name), whole.headers.get(name), name);
  }
});
