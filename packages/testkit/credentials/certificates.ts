import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  type Certificate,
  issueCertificate,
  makeAuthority,
} from '../../../tools/secrets/certificates.ts';
import { writeSecrets } from '../../../tools/secrets/write-secrets.ts';

/** A certificate, its private key and the authority that signed it, all PEM. */
export interface SignedCertificate extends Certificate {
  ca: string;
}

/**
 * Makes a server's certificate for a name, signed by its own authority; by default it is valid for
 * a year.
 */
export async function makeCertificate(name: string, days = 365): Promise<SignedCertificate> {
  const authority = await makeAuthority(`Test ${randomUUID()}`);
  const server = await issueCertificate(authority, { name, use: { server: [name] }, days });
  return { ...server, ca: authority.cert };
}

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
