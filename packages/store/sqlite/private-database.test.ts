import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { ensurePrivateFile, ensurePrivateFolder } from '@parley/kit/private-files.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { openDatabase } from './open-database.ts';
import { ensurePrivateDatabase } from './private-database.ts';

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

test('only the owner can read a new database, the files beside it, and its folder', async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/made/here/x.db`;
  ensurePrivateDatabase(path);
  using database = openDatabase(path);
  database.exec('CREATE TABLE t (x)');
  for (const file of [path, `${path}-wal`, `${path}-shm`]) assert.equal(modeOf(file), '600', file);
  for (const made of ['made', 'made/here']) assert.equal(modeOf(`${folder.path}/${made}`), '700');
});

test('a database that other users could read becomes private, with its folder', async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/x.db`;
  using before = openDatabase(path);
  before.exec('CREATE TABLE t (x)');
  chmodSync(folder.path, 0o755);
  const files = [path, `${path}-wal`, `${path}-shm`];
  for (const file of files) chmodSync(file, 0o644);
  ensurePrivateDatabase(path);
  for (const file of files) assert.equal(modeOf(file), '600', file);
  assert.equal(modeOf(folder.path), '700');
});

test('a key that other users could read becomes private and stays the same', async () => {
  await using folder = await temporaryFolder();
  const key = `${folder.path}/token.key`;
  writeFileSync(key, 'made before', { mode: 0o644 });
  ensurePrivateFile(key, 'another');
  assert.equal(modeOf(key), '600');
  assert.equal(statSync(key).size, 'made before'.length);
});

test('a folder that other users may use keeps its mode', async () => {
  await using folder = await temporaryFolder();
  const shared = `${folder.path}/shared`;
  mkdirSync(`${shared}/site`, { recursive: true });
  const sticky = `${folder.path}/sticky`;
  mkdirSync(sticky);
  chmodSync(sticky, 0o1777);
  for (const path of [shared, sticky]) ensurePrivateFolder(path);
  assert.equal(modeOf(shared), '755');
  assert.equal(modeOf(sticky), '777');
});
