import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createServer } from 'node:tls';
import { generate } from 'selfsigned';
import { metric } from '../metric.ts';
import { start } from '../processes/running.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { until } from '../until.ts';

const EXPIRY = 'parley_certificate_expiry_timestamp_seconds';

test("chat reports how long the front door's certificate is valid", async () => {
  const { cert, private: key } = await generate();
  const edge = createServer({ cert, key }).listen(0, '127.0.0.1');
  await once(edge, 'listening');
  const { port } = edge.address() as AddressInfo;
  await using folder = await temporaryFolder();
  await using parley = await start('services/standalone', {
    DATA_DIR: folder.path,
    EDGE_URL: `https://127.0.0.1:${port}`,
  });
  await until(
    'the front door is up',
    async () => (await metric(parley.url, 'parley_edge_up')) === 1,
  );
  assert.equal(await metric(parley.url, `${EXPIRY}{certificate="edge"}`), validTo(cert));
  edge.close();
});

test('a front door that does not answer is reported', async () => {
  await using folder = await temporaryFolder();
  await using parley = await start('services/standalone', {
    DATA_DIR: folder.path,
    EDGE_URL: 'https://127.0.0.1:1',
  });
  await until(
    'the front door is down',
    async () => (await metric(parley.url, 'parley_edge_up')) === 0,
  );
  assert.ok(Number.isNaN(await metric(parley.url, `${EXPIRY}{certificate="edge"}`)));
});

test('the broker reports how long its own certificate is valid', async () => {
  await using folder = await temporaryFolder();
  const { cert, private: key } = await generate();
  await writeFile(`${folder.path}/broker.crt`, cert);
  await writeFile(`${folder.path}/broker.key`, key);
  await using broker = await start('broker', {
    MQTT_TLS_PORT: '0',
    MQTT_TLS_CERT_FILE: `${folder.path}/broker.crt`,
    MQTT_TLS_KEY_FILE: `${folder.path}/broker.key`,
  });
  assert.equal(await metric(broker.url, `${EXPIRY}{certificate="broker"}`), validTo(cert));
});

function validTo(cert: string): number {
  return Date.parse(new X509Certificate(cert).validTo) / 1000;
}
