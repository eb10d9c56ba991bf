import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueCertificate, makeAuthority } from './certificate.ts';

/**
 * `npm run certs`: a development authority and a certificate for the broker, in `secrets/`. Files
 * that are there already are kept; keys are readable by their owner alone.
 */
const FOLDER = process.env.SECRETS_DIR || 'secrets';

const inFolder = (name: string) => join(FOLDER, name);
const files = { ca: inFolder('ca.crt'), cert: inFolder('broker.crt'), key: inFolder('broker.key') };

if (Object.values(files).some((file) => existsSync(file))) {
  process.stdout.write(`${FOLDER}/ has certificates already; remove them to make new ones.\n`);
} else {
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
  const ca = await makeAuthority('Parley development authority');
  const use = { server: ['broker', 'localhost', '127.0.0.1', '::1'] };
  const broker = await issueCertificate(ca, { name: 'broker', use });
  writeFileSync(files.ca, ca.cert);
  writeFileSync(files.cert, broker.cert);
  writeFileSync(files.key, broker.key, { mode: 0o600 });
  process.stdout.write(
    `Made ${Object.values(files).join(', ')}. The authority's own key was not kept.\n\n` +
      `Broker:   MQTT_TLS_CERT_FILE=${files.cert} MQTT_TLS_KEY_FILE=${files.key} MQTT_TLS_CA_FILE=${files.ca}\n` +
      `Services: MQTT_URL=mqtts://localhost:8883 MQTT_CA_FILE=${files.ca}\n`,
  );
}
