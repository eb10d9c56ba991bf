import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { KeyedLoad } from '@parley/testkit/clients/keyed-load.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { until } from '@parley/testkit/until.ts';
import { Deployment, FOLDER, URL_OF_HOSTS } from './deployment.ts';
import { get, type Host, on, reboot } from './host-containers.ts';
import { anotherRelease, packRelease, releaseOf, withRelease } from './releases.ts';

const PARTS = ['chat', 'broadcast'];

let deployment: Deployment;
let apps: Host[];
let first: string;
let archive: string;

before(async () => {
  [deployment, archive] = await Promise.all([Deployment.open('several'), packRelease()]);
  apps = await deployment.group('app');
});

test('one run sets up four hosts, and both app hosts accept posts and serve readers', async () => {
  await deployment.play('make-secrets');
  await deployment.play('site', ...withRelease(archive));
  await deployment.enter(...apps);
  first = await releaseOf('chat', apps[0]);
  const load = await KeyedLoad.start(URL_OF_HOSTS);
  await until('both chats have answered', () => load.servers.size === apps.length);
  await load.judge();
});

test('every front door has the answers of each host to a certificate authority', async () => {
  const path = '.well-known/acme-challenge';
  const [holder, asked] = apps as [Host, Host];
  const write = 'mkdir -p "$0" && echo thumbprint >"$0/token"';
  await on(holder, 'sh', '-c', write, `/var/lib/parley-challenges/${path}`);
  assert.equal(await get(asked, `http://127.0.0.1/${path}/token`), 'thumbprint\n\n');
  await assert.rejects(get(asked, `http://127.0.0.1/${path}/unknown`), /404/);
});

test('an update under load installs the release on every host, fails no post and loses no event', async () => {
  const load = await KeyedLoad.start(URL_OF_HOSTS);
  await deployment.play('update', ...withRelease(await make('2.0.0', 'none')));
  await load.more();
  await load.judge();
  assert.deepEqual(await releases(), everywhere('2.0.0'));
});

test('a rollback under load restores the previous release, fails no post and loses no event', async () => {
  const load = await KeyedLoad.start(URL_OF_HOSTS);
  await deployment.play('rollback');
  await load.more();
  await load.judge();
  assert.deepEqual(await releases(), everywhere(first));
});

test('an update to a release that never gets ready stops at the first host, which keeps its release, and does not reach the other host', async () => {
  const load = await KeyedLoad.start(URL_OF_HOSTS);
  const before = await starts('chat', apps[1]);
  const { failed, output } = await deployment.tryPlay(
    'update',
    ...withRelease(await make('3.0.0', 'never gets ready')),
    '--extra-vars',
    'part_ready_seconds=30',
  );
  assert.ok(failed);
  assert.ok(output.includes(`chat on ${apps[0]?.name} has ${first} again and is ready with it.`));
  await load.more();
  await load.judge();
  for (const app of apps) assert.equal(await releaseOf('chat', app), first, app.name);
  assert.equal(await starts('chat', apps[1]), before);
});

test('after a power cut of every host the deployment works again by itself', async () => {
  await Promise.all(deployment.hosts.map(reboot));
  await until(
    'posts are stored again',
    () =>
      post(URL_OF_HOSTS, 'after', 'the power cut').then(
        () => true,
        () => false,
      ),
    60_000,
  );
  const load = await KeyedLoad.start(URL_OF_HOSTS);
  await until('both chats have answered', () => load.servers.size === apps.length);
  await load.judge();
});

function make(version: string, fault: Parameters<typeof anotherRelease>[1]['fault']) {
  return anotherRelease(archive, { version, fault, folder: FOLDER });
}

/** The release of each service on each of its hosts. */
async function releases(): Promise<string[]> {
  const installed = [
    ...apps.flatMap((app) => PARTS.map((part) => [part, app] as const)),
    ...(await deployment.group('broker')).map((host) => ['broker', host] as const),
  ];
  return Promise.all(
    installed.map(async ([part, host]) => `${host.name} ${part} ${await releaseOf(part, host)}`),
  );
}

function everywhere(release: string): string[] {
  return [
    ...apps.flatMap(({ name }) => PARTS.map((part) => `${name} ${part} ${release}`)),
    `broker1 broker ${release}`,
  ];
}

/** An id that changes with each start of the service. */
async function starts(part: string, host: Host | undefined): Promise<string> {
  assert.ok(host);
  return on(host, 'systemctl', 'show', '--property=InvocationID', `parley-${part}`);
}
