import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setDefaultCACertificates } from 'node:tls';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { KeyedLoad } from '@parley/testkit/clients/keyed-load.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { until } from '@parley/testkit/until.ts';
import { parse } from 'yaml';
import { Deployment, NAME, PROJECT, ROOT, URL_OF_HOSTS } from './deployment.ts';
import { get, type Host, on, startAuthority } from './host-containers.ts';
import { whatNames } from './leavings.ts';
import { piecesOf, whoReads } from './secrecy.ts';

/** The services with their HTTP ports. */
const PARTS = { chat: 8081, broadcast: 8082, broker: 8083, hooks: 8085 };
const UNITS = Object.keys(PARTS).map((part) => `parley-${part}.service`);
/**
 * Exposure from `systemd-analyze security`: 0.0 for a unit with the fewest rights, 9.6 without
 * limits.
 */
const EXPOSURE_LIMIT = 2;

/** True without an image of Caddy: then the front door has the certificate of the vault. */
const withoutAcme = (process.env.HOSTS_WITHOUT ?? '').includes('caddy');
/** With the optional webhooks. */
const VARIABLES = { nginx_acme: !withoutAcme, parley_hooks: true };
const SITE = ['site', '--diff', '--extra-vars', JSON.stringify(VARIABLES)] as const;

let deployment: Deployment;
let host: Host;
/** The certificate of the authority for ACME. */
let authority: string | undefined;

before(async () => {
  deployment = await Deployment.open('single');
  host = deployment.host('parley');
  if (!withoutAcme) authority = await startAuthority(PROJECT, host, NAME);
});

for (const [variable, value, expected] of [
  ['parley_chat_settings', { TIMEZON: 'UTC' }, 'TIMEZON'],
  ['parley_address', '203.0.113.9', 'parley_address_is_guarded'],
] as const) {
  test(`${variable} of ${JSON.stringify(value)} is refused before the play changes anything`, async () => {
    const wrong = ['--extra-vars', JSON.stringify({ [variable]: value })];
    const { failed, output, changed } = await deployment.tryPlay('site', ...wrong);
    assert.ok(failed);
    assert.ok(output.includes(expected), output);
    assert.equal(changed[host.name], 0);
  });
}

test('make-secrets and one run of site.yml start every unit', async () => {
  await deployment.play('make-secrets');
  await deployment.play(...SITE);
  const states = await on(host, 'systemctl', 'show', '--property=ActiveState', ...UNITS);
  assert.deepEqual(
    states.split('\n').filter((line) => line !== ''),
    UNITS.map(() => 'ActiveState=active'),
  );
});

test('a post over HTTPS reaches a reader of Server-Sent Events, with only one authority trusted', async () => {
  await deployment.enter(host);
  if (authority !== undefined) setDefaultCACertificates([authority]);
  using reader = new EventReader(URL_OF_HOSTS, 'lobby');
  await reader.greeted();
  for (const message of ['one', 'two', 'three']) await post(URL_OF_HOSTS, 'lobby', message);
  await reader.received(3);
  assert.deepEqual(
    reader.events.map(({ message }) => message),
    ['one', 'two', 'three'],
  );
  assert.match(await (await fetch(URL_OF_HOSTS)).text(), /<div id="root">/);
});

test('a certificate that certbot renews is served by itself, and no request fails', {
  skip: withoutAcme && 'there is no image of Caddy here',
}, async () => {
  const load = await KeyedLoad.start(URL_OF_HOSTS);
  const file = '/etc/letsencrypt/live/parley/fullchain.pem';
  const former = await on(host, 'readlink', file);
  const served = () =>
    on(host, 'sh', '-c', `openssl s_client -connect 127.0.0.1:443 </dev/null 2>&1 | openssl x509`);
  await on(host, 'certbot', 'renew', '--force-renewal', '--no-random-sleep-on-renew');
  assert.notEqual(await on(host, 'readlink', file), former);
  const [renewed = ''] = (await on(host, 'cat', file)).split(/(?<=END CERTIFICATE-----\n)/);
  await until('the renewed certificate is served', async () => (await served()) === renewed);
  await load.more();
  await load.judge();
  // The certificates of this authority end in 12 hours: without this, every run would renew them.
  const conf = '/etc/letsencrypt/renewal/parley.conf';
  await on(host, 'sed', '-i', '1i renew_before_expiry = 1 hour', conf);
});

test('the front door leads deliveries of up to 1 MB to the hooks', async () => {
  const address = `${URL_OF_HOSTS}/hooks/in/none/secret`;
  const response = await fetch(address, { method: 'POST', body: 'x'.repeat(1_048_576) });
  assert.equal(response.status, 404);
  assert.match(await response.text(), /"code":"not-found"/);
});

test('a second run changes nothing', async () => {
  const { changed } = await deployment.play(...SITE);
  assert.deepEqual(changed, { [host.name]: 0 });
  const { changed: secrets } = await deployment.play('make-secrets');
  assert.deepEqual(
    Object.values(secrets).filter((count) => count !== 0),
    [],
  );
});

test('every service has metrics on its host, and the front door hides health and metrics', async () => {
  for (const [part, port] of Object.entries(PARTS))
    assert.match(await get(host, `http://127.0.0.1:${port}/metrics`), /^parley_\w+/m, part);
  for (const path of ['healthz', 'readyz', 'metrics'])
    assert.equal((await fetch(`${URL_OF_HOSTS}/${path}`)).status, 404, path);
});

test('Prometheus reaches every service and the host, and has our rules', async () => {
  const jobs = [...Object.keys(PARTS), 'node'];
  await until(
    'every target is up',
    async () => {
      const { activeTargets } = await prometheus('targets?state=active');
      const targets: { health: string; labels: { job: string } }[] = activeTargets;
      const found = new Set(targets.map(({ labels: { job } }) => job));
      return jobs.every((job) => found.has(job)) && targets.every(({ health }) => health === 'up');
    },
    60_000,
  );
  const { groups } = await prometheus('rules');
  const loaded = groups.map(({ name }: { name: string }) => name);
  for (const file of ['alerts', 'recording']) {
    const text = await readFile(join(ROOT, `infra/prometheus/rules/${file}.yml`), 'utf8');
    for (const { name } of parse(text).groups) assert.ok(loaded.includes(name), name);
  }
});

/** The data of an answer of Prometheus's API. */
async function prometheus(path: string) {
  return JSON.parse(await get(host, `http://127.0.0.1:9090/api/v1/${path}`)).data;
}

test('a backup is made by itself, restores, and the units of a schedule are there', async () => {
  const folder = '/var/backups/parley';
  const [file, ...others] = (await on(host, 'ls', folder)).trim().split('\n');
  assert.match(`${file}`, /^parley-.*Z\.backup$/);
  assert.deepEqual(others, []);
  assert.match(
    await get(host, 'http://127.0.0.1:8081/metrics'),
    /^parley_backup_newest_timestamp_seconds\S* [1-9]/m,
  );
  // On a server that may make databases: PostgreSQL's administrator on its socket.
  const store = 'postgres://postgres@localhost/postgres?host=/var/run/postgresql';
  await on(host, 'install', '-o', 'postgres', `${folder}/${file}`, '/tmp/check.backup');
  const program = 'services/chat/commands/backup/main.ts';
  const checked = await on(
    host,
    ...['runuser', '--user=postgres', '--', 'env', `--chdir=/opt/parley/parts/chat`],
    ...[
      `STORE_URL=${store}`,
      'runtime/bin/node',
      program,
      'backup',
      '--check',
      '/tmp/check.backup',
    ],
  );
  assert.match(checked, /restores: /);
  const timer = await on(host, 'systemctl', 'list-timers', '--no-legend', 'parley-backup.timer');
  assert.match(timer, /^\S+ \d{4}-\d\d-\d\d 03:0/);
  const analysis = await on(host, 'systemd-analyze', 'security', '--no-pager', 'parley-backup');
  const exposure = Number(/exposure level for .*: ([\d.]+)/.exec(analysis)?.[1]);
  assert.ok(exposure < EXPOSURE_LIMIT, `${exposure}`);
  const mode = await on(host, 'stat', '--format=%U %a', folder, `${folder}/${file}`);
  assert.equal(mode, 'parley-chat 700\nparley-chat 600\n');
});

test('each service runs as its own user with few rights', async (t) => {
  for (const part of Object.keys(PARTS)) {
    const unit = `parley-${part}.service`;
    const pid = (await on(host, 'systemctl', 'show', '--property=MainPID', '--value', unit)).trim();
    assert.equal((await on(host, 'ps', '-o', 'user:32=', '-p', pid)).trim(), `parley-${part}`);
    const analysis = await on(host, 'systemd-analyze', 'security', '--no-pager', unit);
    const exposure = Number(/exposure level for .*: ([\d.]+)/.exec(analysis)?.[1]);
    t.diagnostic(`${unit}: exposure ${exposure}`);
    assert.ok(exposure < EXPOSURE_LIMIT, `${unit}: ${exposure}`);
  }
});

test('no secret is in a unit, an environment, an argument, a log, or the output of Ansible', async () => {
  const pieces = piecesOf(await deployment.secrets());
  const places = {
    units: 'systemctl cat "parley-*" nginx postgresql@* prometheus',
    settings: 'cat /etc/parley/*.env',
    journal: 'journalctl --no-pager --output cat; cat /var/log/nginx/* /var/log/postgresql/*',
    arguments: 'cat /proc/[0-9]*/cmdline',
    environments: 'cat /proc/[0-9]*/environ',
  };
  for (const [place, command] of Object.entries(places)) {
    const text = await on(host, 'sh', '-c', `{ ${command}; } 2>/dev/null | tr '\\0' '\\n'`);
    assert.notEqual(text, '', place);
    assert.deepEqual(pieces.in(text), [], place);
  }
  assert.deepEqual(pieces.in(deployment.output), [], 'output of Ansible');
});

test('only root and the program that needs a secret can read it on the host', async () => {
  const readable = await whoReads(host, piecesOf(await deployment.secrets()));
  assert.ok(readable.length > 0);
  assert.deepEqual(
    readable.filter(({ mode }) => (mode & 0o007) !== 0),
    [],
  );
});

test('uninstall leaves only the database and its backups, and with delete_data it leaves nothing', async () => {
  const database = [
    'runuser',
    '-u',
    'postgres',
    '--',
    'psql',
    '-Atc',
    'SELECT datname FROM pg_database',
  ];
  await deployment.play('uninstall');
  const [folder, backup, ...others] = (await whatNames(host, 'parley')).sort();
  assert.deepEqual([folder, others], ['/var/backups/parley', []]);
  assert.match(`${backup}`, /^\/var\/backups\/parley\/parley-.*\.backup$/);
  assert.match(await on(host, ...database), /^parley$/m);
  await deployment.play('uninstall', '--extra-vars', 'delete_data=true');
  assert.doesNotMatch(await on(host, ...database), /^parley$/m);
  assert.deepEqual(await whatNames(host, 'parley'), []);
});
