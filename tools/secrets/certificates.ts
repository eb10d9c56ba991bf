import { createPrivateKey } from 'node:crypto';
import { isIP } from 'node:net';
import { generate } from 'selfsigned';

const DAY_MS = 86_400_000;
/** The longest validity that browsers accept from a private authority. */
const DAYS_VALID = 825;
/** Longer than the validity of the certificates that it signs in the coming years. */
const AUTHORITY_DAYS_VALID = 3_650;

/** A certificate and its private key, as PEM texts. */
export interface Certificate {
  cert: string;
  key: string;
}

/** The use of a certificate: for a server with these names and addresses, or for a client. */
export type Use = { server: readonly string[] } | 'client';

/** Makes a private certificate authority. */
export async function makeAuthority(name: string): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: name }], {
    ...common(AUTHORITY_DAYS_VALID),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: made.cert, key: asPem(made.private) };
}

/** Makes a certificate signed by an authority. With negative `days` it has expired. */
export async function issueCertificate(
  authority: Certificate,
  { name, use, days = DAYS_VALID }: { name: string; use: Use; days?: number },
): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: name }], {
    ...common(days),
    ca: authority,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      ...usage(use),
    ],
  });
  return { cert: made.cert, key: asPem(made.private) };
}

function common(days: number) {
  const end = Date.now() + days * DAY_MS;
  return {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Math.min(Date.now(), end - DAY_MS)),
    notAfterDate: new Date(end),
  } as const;
}

/** Names are of type 2 and addresses of type 7 (RFC 5280, section 4.2.1.6). */
function usage(use: Use) {
  if (use === 'client') return [{ name: 'extKeyUsage', clientAuth: true } as const];
  const altNames = use.server.map((host) =>
    isIP(host) ? ({ type: 7, ip: host } as const) : ({ type: 2, value: host } as const),
  );
  return [
    { name: 'extKeyUsage', serverAuth: true } as const,
    { name: 'subjectAltName', altNames } as const,
  ];
}

/** PKCS #8 with line ends that every server can read. */
function asPem(key: string): string {
  return String(createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' }));
}
