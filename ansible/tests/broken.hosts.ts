import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { Deployment, FOLDER, URL_OF_HOSTS } from './deployment.ts';
import type { Host } from './host-containers.ts';
import { anotherRelease, packRelease, releaseOf, withRelease } from './releases.ts';

let deployment: Deployment;
let host: Host;
let archive: string;
let broken: string;

before(async () => {
  [deployment, archive] = await Promise.all([Deployment.open('single'), packRelease()]);
  host = deployment.host('parley');
  const options = { version: '0.0.1', fault: 'exits at start', folder: FOLDER } as const;
  broken = await anotherRelease(archive, options);
});

test('after a first release that does not start, the next release is installed', async () => {
  await deployment.play('make-secrets');
  const { failed, output } = await deployment.tryPlay('site', ...withRelease(broken));
  assert.ok(failed);
  assert.match(output, /chat is not ready/);
  await deployment.play('update', ...withRelease(archive));
  await deployment.play('site', ...withRelease(archive));
  assert.notEqual(await releaseOf('chat', host), '0.0.1');
  assert.equal(await releaseOf('broadcast', host), await releaseOf('chat', host));
});

test('after a release that exits at its start, the old release runs again and no post is lost', async () => {
  await deployment.enter(host);
  const release = await releaseOf('chat', host);
  using reader = new EventReader(URL_OF_HOSTS, 'lobby');
  await reader.greeted();
  await post(URL_OF_HOSTS, 'lobby', 'before');
  const { failed, output } = await deployment.tryPlay('update', ...withRelease(broken));
  assert.ok(failed);
  assert.ok(output.includes(`chat on ${host.name} has ${release} again and is ready with it.`));
  assert.equal(await releaseOf('chat', host), release);
  await post(URL_OF_HOSTS, 'lobby', 'after');
  await reader.received(2);
  assert.deepEqual(
    reader.events.map(({ message }) => message),
    ['before', 'after'],
  );
});
