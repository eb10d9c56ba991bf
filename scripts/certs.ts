import { runOnce } from '@parley/kit/run.ts';
import { writeSecrets } from './secrets/write-secrets.ts';

/**
 * `npm run certs`: of what `npm run secrets` makes the authority and the broker's certificate alone,
 * in `secrets/`. What is there already is kept.
 */
const FOLDER = process.env.SECRETS_DIR || 'secrets';

await runOnce(async () => {
  const written = await writeSecrets(FOLDER, { only: ['authority', 'broker'] });
  process.stdout.write(
    written.length === 0
      ? `${FOLDER}/ has certificates already; "npm run secrets -- broker" makes a new one.\n`
      : `Made ${written.join(', ')} in ${FOLDER}/.\n\n` +
          `Broker:   MQTT_TLS_CERT_FILE=${FOLDER}/broker.crt MQTT_TLS_KEY_FILE=${FOLDER}/broker.key MQTT_TLS_CA_FILE=${FOLDER}/ca.crt\n` +
          `Services: MQTT_URL=mqtts://localhost:8883 MQTT_CA_FILE=${FOLDER}/ca.crt\n`,
  );
});
