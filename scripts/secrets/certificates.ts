import { createPrivateKey } from 'node:crypto';
import { isIP } from 'node:net';
import { generate } from 'selfsigned';

const DAYS_VALID = 825;
const KEY = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/** A certificate and its private key, both PEM. */
export interface Certified {
  cert: string;
  key: string;
}

/** Makes an authority of one's own, which signs the certificates of brokers and of the front door. */
export async function makeAuthority(): Promise<Certified> {
  const made = await generate([{ name: 'commonName', value: 'Parley authority' }], {
    ...KEY,
    ...validity(),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** Makes a server's certificate for those names and addresses, the first of which is its own. */
export async function signServer(
  authority: Certified,
  names: readonly [string, ...string[]],
): Promise<Certified> {
  const made = await generate([{ name: 'commonName', value: names[0] }], {
    ...KEY,
    ...validity(),
    ca: authority,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) =>
          isIP(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name },
        ),
      },
    ],
  });
  return { cert: made.cert, key: asPem(made.private) };
}

function validity(): { notBeforeDate: Date; notAfterDate: Date } {
  const notBeforeDate = new Date();
  return {
    notBeforeDate,
    notAfterDate: new Date(notBeforeDate.getTime() + DAYS_VALID * 86_400_000),
  };
}

/** PKCS #8 with line ends as every server reads them. */
function asPem(key: string): string {
  return String(createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' }));
}
