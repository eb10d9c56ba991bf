import { randomBytes } from 'node:crypto';
import { PlainError } from '@parley/kit/plain-error.ts';
import { type Certificate, issueCertificate, makeAuthority } from './certificates.ts';
import { type Hosts, hostnameOf, inUrl, namesOf, type ServerHosts } from './server-hosts.ts';
import { makeTokenFiles } from './token-files.ts';

/** Reads an existing secret file by its name; undefined when it is missing. */
export type ReadFile = (name: string) => string | undefined;

export interface Making {
  read: ReadFile;
  /** The certificate of a server that is missing here keeps its names. */
  hosts: ServerHosts;
}

/** Makes one secret: the contents of its files by their names. */
type Make = (making: Making) => Record<string, string> | Promise<Record<string, string>>;

/** The services' user on the bus. */
const PART_USER = 'parley';
/** Two logins with the same rights, so that the next one works before the last one ends. */
const LOGINS = ['parley_a', 'parley_b'] as const;
const THIS_MACHINE = ['localhost', '127.0.0.1', '::1'] as const;
const BROKER_NAMES = ['broker', ...THIS_MACHINE] as const;
const STORE_NAMES = ['postgres', ...THIS_MACHINE] as const;

/** Every secret and how to make it, each after those that it needs. */
export const SECRETS = {
  authority: async () => certified('ca', await makeAuthority('Parley authority')),
  edge: async ({ read, hosts }) =>
    certified(
      'edge',
      await signServer(read, hosts.edge ?? namesOf(read('edge.crt'), THIS_MACHINE)),
    ),
  broker: async ({ read, hosts }) =>
    certified(
      'broker',
      await signServer(read, hosts.broker ?? namesOf(read('broker.crt'), BROKER_NAMES)),
    ),
  'store-tls': async ({ read, hosts }) =>
    certified(
      'store',
      await signServer(read, hosts['store-tls'] ?? namesOf(read('store.crt'), STORE_NAMES)),
    ),
  mqtt: ({ read, hosts }) => {
    const password = newPassword();
    const host = inUrl(hosts.broker) ?? hostnameOf(read('mqtt_url')) ?? BROKER_NAMES[0];
    return {
      'nats_user.conf': `user: ${PART_USER}, password: "${password}"\n`,
      mqtt_password: password,
      mqtt_url: `mqtts://${PART_USER}:${password}@${host}:8883`,
    };
  },
  store: ({ read, hosts }) => {
    const before = read('store_url');
    const login = before?.includes(`//${LOGINS[0]}:`) ? LOGINS[1] : LOGINS[0];
    const host = inUrl(hosts['store-tls']) ?? hostnameOf(before) ?? STORE_NAMES[0];
    return { store_url: `postgres://${login}:${newPassword()}@${host}/parley` };
  },
  postgres: () => ({ postgres_password: newPassword() }),
  grafana: () => ({ grafana_password: newPassword() }),
  token: ({ read }) => makeTokenFiles(read),
} satisfies Record<string, Make>;

export type SecretName = keyof typeof SECRETS;

/** The file of each secret that is written last: when it exists, the secret is complete. */
export const LAST_FILE: Record<SecretName, string> = {
  authority: 'ca.crt',
  edge: 'edge.crt',
  broker: 'broker.crt',
  'store-tls': 'store.crt',
  mqtt: 'mqtt_url',
  store: 'store_url',
  postgres: 'postgres_password',
  grafana: 'grafana_password',
  token: 'token_keys',
};

/** Signs a server's certificate for those names and addresses. */
function signServer(read: ReadFile, names: Hosts): Promise<Certificate> {
  return issueCertificate(authority(read), { name: names[0], use: { server: names } });
}

function certified(name: string, { cert, key }: Certificate): Record<string, string> {
  // The certificate comes last: an authority counts as present when its key is kept elsewhere.
  return { [`${name}.key`]: key, [`${name}.crt`]: cert };
}

function authority(read: ReadFile): Certificate {
  const [cert, key] = [read('ca.crt'), read('ca.key')];
  if (cert !== undefined && key !== undefined) return { cert, key };
  throw new PlainError('ca.key, the key of ca.crt, is missing: put it back, or renew both');
}

/** Only letters, digits, - and _, so that a password needs no escaping in a URL. */
function newPassword(): string {
  return randomBytes(24).toString('base64url');
}
