import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { docker } from '@parley/testkit/processes/docker.ts';
import { until } from '@parley/testkit/until.ts';
import { inspect, LEFT_OUT, ROOT, SMALL, small } from './stack.ts';

const { project, domain } = SMALL;
const skip = LEFT_OUT.includes('caddy') && 'there is no image of Caddy here';

before(async () => {
  if (!skip) await small('up', '--detach', '--wait', '--wait-timeout', '120');
});

after(async () => {
  if (!skip) await small('down', '--volumes', '--timeout', '5');
});

test('Caddy gets a certificate for the domain by itself, and leads visitors to HTTPS', {
  skip,
}, async () => {
  await until('the certificate is there', async () =>
    (await small('logs', 'caddy')).includes('certificate obtained successfully'),
  );
  assert.equal((await visit()).location, `https://${domain}/chat/lobby`);
});

test('a visitor receives events at once, reads no metrics, and cannot choose its address', {
  skip,
}, async () => {
  const { status, metrics, address } = await visit();
  assert.equal(status, 201);
  assert.equal(metrics, 404);
  const log = await small('logs', 'parley');
  assert.ok(log.includes(`"requestId":"visitor","address":"${address}"`), address);
});

interface Seen {
  location: string;
  status: number;
  metrics: number;
  address: string;
}

/** What beside/small-visitor.ts sees in a container on the same network. */
async function visit(): Promise<Seen> {
  const volumes = [`${project}_authority:/authority:ro`, `${ROOT}infra/compose/tests:/tests:ro`];
  const root = '/authority/caddy/pki/authorities/local/root.crt';
  const options = [
    ...['--network', `${project}_default`, '--user', 'root', '--entrypoint', 'node'],
    ...volumes.flatMap((volume) => ['--volume', volume]),
    ...['--env', `NODE_EXTRA_CA_CERTS=${root}`, '--env', `DOMAIN=${domain}`],
  ];
  const image = `parley:${process.env.PARLEY_VERSION}`;
  return JSON.parse(
    await docker('run', '--rm', ...options, image, '/tests/beside/small-visitor.ts'),
  );
}

test('the log has the first link with the domain, and a command of the image makes accounts', {
  skip,
}, async () => {
  const parley = (...args: string[]) => docker('exec', `${project}-parley-1`, 'parley', ...args);
  assert.ok((await small('logs', 'parley')).includes(`"link":"https://${domain}/#invitation=`));
  await parley('account', 'add', 'ada', 'ada@example.org');
  assert.match(await parley('account', 'list'), /ada@example\.org/);
});

test('a backup is made by itself, restores, and is in the metrics', { skip }, async () => {
  const backup = (...args: string[]) => docker('exec', `${project}-backup-1`, ...args);
  const [file = ''] = (await backup('ls', '/backups')).split('\n');
  assert.match(await backup('parley', 'backup', '--check', `/backups/${file}`), /restores: /);
  const metrics = await docker(
    ...['exec', `${project}-parley-1`, 'node', '--eval'],
    'fetch("http://127.0.0.1:8080/metrics").then(async (r) => console.log(await r.text()))',
  );
  assert.match(metrics, /^parley_backup_newest_timestamp_seconds(\{.*\})? [1-9]/m);
});

test('Parley runs without root on a read-only file system, and has no published port', {
  skip,
}, async () => {
  const [parley] = await inspect(`${project}-parley-1`);
  assert.equal(parley?.HostConfig.ReadonlyRootfs, true);
  assert.equal(parley?.Config.User, 'node');
  assert.deepEqual(parley?.HostConfig.PortBindings, {});
});
