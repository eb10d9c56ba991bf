import { isIP } from 'node:net';
import { generate } from 'selfsigned';

const DAYS_VALID = 825;

/** A certificate and its private key, as PEM texts. */
export interface Certificate {
  cert: string;
  key: string;
}

/** What a certificate is for: a server's under names and addresses, or a client's. */
export type Use = { server: string[] } | 'client';

/** Makes a development authority. */
export async function makeAuthority(name: string): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: name }], {
    ...common(),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** Makes a certificate that an authority signed. */
export async function issueCertificate(
  authority: Certificate,
  { name, use }: { name: string; use: Use },
): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: name }], {
    ...common(),
    ca: authority,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      ...usage(use),
    ],
  });
  return { cert: made.cert, key: made.private };
}

function common() {
  const notBeforeDate = new Date();
  const notAfterDate = new Date(notBeforeDate.getTime() + DAYS_VALID * 86_400_000);
  return {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate,
    notAfterDate,
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
