import { createPrivateKey, randomUUID } from 'node:crypto';
import { generate } from 'selfsigned';

const DAY_MS = 86_400_000;

/** A certificate, its private key and the authority that signed it, all PEM. */
export interface Certificate {
  cert: string;
  key: string;
  ca: string;
}

/** Makes a server's certificate for a name, signed by an authority of its own; by default it has a year to go. */
export async function makeCertificate(name: string, daysLeft = 365): Promise<Certificate> {
  const validity = {
    notBeforeDate: new Date(Date.now() - 400 * DAY_MS),
    notAfterDate: new Date(Date.now() + daysLeft * DAY_MS),
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
  } as const;
  const authority = await generate([{ name: 'commonName', value: `Test ${randomUUID()}` }], {
    ...validity,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: name }], {
    ...validity,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
    ],
  });
  const key = createPrivateKey(server.private).export({ type: 'pkcs8', format: 'pem' }).toString();
  return { cert: server.cert, key, ca: authority.cert };
}
