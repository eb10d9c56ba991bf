import { join } from 'node:path';
import { writeSecrets } from '../../../tools/secrets/write-secrets.ts';

/**
 * Makes an authority and the broker's certificate like `npm run secrets`, and returns their files.
 */
export async function makeCertificates(folder: string) {
  await writeSecrets(folder, { only: ['authority', 'broker'] });
  return {
    caFile: join(folder, 'ca.crt'),
    certFile: join(folder, 'broker.crt'),
    keyFile: join(folder, 'broker.key'),
  };
}
