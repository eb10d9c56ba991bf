import { createPrivateKey } from 'node:crypto';
import { isIP } from 'node:net';
import { generate } from 'selfsigned';

const DAY_MS = 86_400_000;
/** As long as browsers take a certificate of an authority of one's own. */
const DAYS_VALID = 825;
/** Longer than anything that it signs for years to come. */
const AUTHORITY_DAYS_VALID = 3_650;

/** A certificate and its private key, as PEM texts. */
export interface Certificate {
  cert: string;
  key: string;
}

/** What a certificate is for: a server's under names and addresses, or a client's. */
export type Use = { server: readonly string[] } | 'client';

/** Makes an authority of one's own. */
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

/** Makes a certificate that an authority signed. With days below 0 it has expired. */
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

/** PKCS #8 with line ends as every server reads them. */
function asPem(key: string): string {
  return String(createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' }));
}
