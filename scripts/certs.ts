import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/**
 * `npm run certs`: a development authority and a certificate for the broker, in `secrets/`. Files
 * that are there already are kept; keys are readable by their owner alone.
 */
const FOLDER = process.env.SECRETS_DIR || 'secrets';
const DAYS_VALID = 825;

const inFolder = (name: string) => join(FOLDER, name);
const files = { ca: inFolder('ca.crt'), cert: inFolder('broker.crt'), key: inFolder('broker.key') };

if (Object.values(files).some((file) => existsSync(file))) {
  process.stdout.write(`${FOLDER}/ has certificates already; remove them to make new ones.\n`);
} else {
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
  const notBeforeDate = new Date();
  const notAfterDate = new Date(notBeforeDate.getTime() + DAYS_VALID * 86_400_000);
  const common = {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate,
    notAfterDate,
  } as const;
  const ca = await generate([{ name: 'commonName', value: 'Parley development authority' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const broker = await generate([{ name: 'commonName', value: 'broker' }], {
    ...common,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'broker' },
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  writeFileSync(files.ca, ca.cert);
  writeFileSync(files.cert, broker.cert);
  writeFileSync(files.key, broker.private, { mode: 0o600 });
  process.stdout.write(
    `Made ${Object.values(files).join(', ')}. The authority's own key was not kept.\n\n` +
      `Broker:   MQTT_TLS_CERT_FILE=${files.cert} MQTT_TLS_KEY_FILE=${files.key} MQTT_TLS_CA_FILE=${files.ca}\n` +
      `Services: MQTT_URL=mqtts://localhost:8883 MQTT_CA_FILE=${files.ca}\n`,
  );
}
