import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { generate } from 'selfsigned';
import { metric } from '../metric.ts';
import { start } from '../processes/running.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const EXPIRY = 'parley_certificate_expiry_timestamp_seconds';

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
