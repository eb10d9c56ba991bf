import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { before, test } from 'node:test';
import type { ChatMessage } from '@parley/contract/events/event.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { until } from '@parley/testkit/until.ts';
import { compose, containers, feed, ROOT, URL_OF_STACK, up } from './stack.ts';

const BEFORE = 30;
const AFTER = 10;

before(() => up());

test('a dump taken during chat is restored unchanged, and readers with later events get a reset', async () => {
  using reader = new EventReader(URL_OF_STACK, 'kept');
  await reader.greeted();
  for (let i = 0; i < BEFORE; i++) await post(URL_OF_STACK, 'kept', `before ${i}`);
  const dump = await dumpStore();
  const log = await wholeLog(URL_OF_STACK, 'kept');
  for (let i = 0; i < AFTER; i++) await post(URL_OF_STACK, 'kept', `after ${i}`);
  await reader.received(BEFORE + AFTER);

  await compose('stop', 'chat');
  const asAdmin = ['--username=postgres'];
  await compose('exec', '-T', 'postgres', 'dropdb', ...asAdmin, '--force', 'parley');
  await compose('exec', '-T', 'postgres', 'createdb', ...asAdmin, '--owner=parley', 'parley');
  await feed('postgres', dump, 'pg_restore', ...asAdmin, '--dbname=parley', '--exit-on-error');
  const script = await readFile(`${ROOT}/infra/postgres/after-restore.sql`);
  await feed('postgres', script, 'psql', '-q', ...asAdmin, '--dbname=parley');
  await up();

  const restored = await wholeLog(URL_OF_STACK, 'kept');
  assert.notEqual(restored[0]?.epoch, log[0]?.epoch);
  assert.deepEqual(restored.map(withoutEpoch), log.map(withoutEpoch));
  await until('the reader got a reset, since the epoch is new', () => reader.resets.length > 0);
  const receipt = await post(URL_OF_STACK, 'kept', 'goes on');
  assert.equal(receipt.seq, BEFORE + 1);
  await until('the reader gets the next event', () => reader.events.at(-1)?.message === 'goes on');
  assert.equal((await containers('chat')).length, 3);
});

test('the overlay backup makes a backup of the stack by itself, which restores', async () => {
  const overlay = ['--file', 'docker-compose.yml', '--file', 'infra/compose/backup.yml'];
  await compose(...overlay, 'up', '--detach', '--wait', '--no-deps', '--build', 'backup');
  const backup = (...args: string[]) => compose(...overlay, 'exec', '-T', 'backup', ...args);
  const [file = ''] = (await backup('ls', '/backups')).split('\n');
  const allow = ['psql', '-qU', 'postgres', '-c', 'ALTER ROLE parley CREATEDB'];
  await compose('exec', '-T', 'postgres', ...allow);
  const checked = await backup('parley', 'backup', '--check', `/backups/${file}`);
  assert.match(checked, /restores: \d+ channels, \d+ events/);
  await compose(...overlay, 'rm', '--stop', '--force', 'backup');
});

const withoutEpoch = ({ epoch: _, id: _id, ...message }: ChatMessage) => message;

async function dumpStore(): Promise<Buffer> {
  const command = ['pg_dump', '--username=postgres', '--format=custom', 'parley'];
  const child = spawn('docker', ['compose', 'exec', '-T', 'postgres', ...command], { cwd: ROOT });
  const dump = buffer(child.stdout);
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  return dump;
}
