import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { connect, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { KeyedLoad } from '@parley/testkit/clients/keyed-load.ts';
import { nameLeadsTo } from '@parley/testkit/processes/name-lookup.ts';
import { until } from '@parley/testkit/until.ts';
import { compose, LEFT_OUT, secret, services } from './stack.ts';

const { DOMAIN = '', HTTPS_PORT = '' } = process.env;
const NAMES = [
  'docker-compose.yml',
  'infra/compose/acme.yml',
  'infra/compose/tests/beside/acme-authority.yml',
];
const FILES = NAMES.flatMap((name) => ['--file', name]);
const skip = LEFT_OUT.includes('caddy') && 'there is no image of Caddy here';

/** Runs compose with the overlay, and with a stand-in for the certificate authority. */
const acme = (...args: string[]) => compose(...FILES, ...args);

before(async () => {
  if (skip) return;
  const all = [...(await services()), 'certbot'];
  await acme('up', '--detach', '--wait', '--wait-timeout', '180', ...all);
});

test('nginx starts with a certificate of its own, and gets one by ACME for its domain', {
  skip,
}, async () => {
  const root = '/data/caddy/pki/authorities/local/root.crt';
  setDefaultCACertificates([await acme('exec', '-T', 'authority', 'cat', root)]);
  nameLeadsTo(DOMAIN, ['127.0.0.1']);
  await until('the new certificate is served', async () => (await served()).authorized);
  assert.equal((await served()).names, `DNS:${DOMAIN}`);
});

test('a renewed certificate is served by itself, and no request fails', { skip }, async () => {
  const { serial } = await served();
  const load = await KeyedLoad.start(`https://${DOMAIN}:${HTTPS_PORT}`);
  await acme(
    'exec',
    '-T',
    'certbot',
    'certbot',
    'renew',
    '--force-renewal',
    '--no-random-sleep-on-renew',
  );
  await acme('restart', '--timeout', '1', 'certbot');
  await until('the renewed certificate is served', async () => (await served()).serial !== serial);
  await load.more();
  await load.judge();
  assert.match(
    await secret('edge.crt'),
    /(-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\s+){2}/,
  );
});

/** The certificate that nginx presents for the domain. */
async function served() {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const options = { host: '127.0.0.1', servername: DOMAIN, rejectUnauthorized: false };
  const socket = connect(Number(HTTPS_PORT), options, () => resolve(socket)).on('error', reject);
  const { authorized } = await promise;
  const { serialNumber: serial, subjectaltname: names } = socket.getPeerCertificate();
  socket.destroy();
  return { authorized, serial, names };
}
