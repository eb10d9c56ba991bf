import { randomUUID } from 'node:crypto';
import {
  type Certificate,
  issueCertificate,
  makeAuthority,
} from '../../../tools/secrets/certificates.ts';

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
