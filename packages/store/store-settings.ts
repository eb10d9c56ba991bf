import { urlFormat } from '@parley/kit/settings/formats.ts';
import type { Setting } from '@parley/kit/settings/settings.ts';

/** The address of a service's database, the TLS files for it, and its limit of connections. */
export interface StoreConfig {
  storeUrl: string;
  storeCaFile: string;
  storeCertFile: string;
  storeKeyFile: string;
  storeConnections: number;
}

/** Settings of a service's database. Each service has its own default of `storeUrl`. */
export const storeSettings: { [K in keyof StoreConfig]: Setting<StoreConfig[K]> } = {
  storeUrl: {
    doc: 'Address of the database: sqlite:<path>, postgres://user:password@host/database or mysql://….',
    format: {
      name: 'store address',
      check: urlFormat(['sqlite:', 'postgres:', 'postgresql:', 'mysql:']).validate,
    },
    default: 'sqlite:./data/parley.db',
    env: 'STORE_URL',
    sensitive: true,
  },
  storeCaFile: {
    doc: "PEM file of the authority that signed the database's certificate; setting it turns TLS on.",
    format: 'text',
    default: '',
    env: 'STORE_CA_FILE',
  },
  storeCertFile: {
    doc: 'PEM file of the client certificate for the database; setting it turns TLS on.',
    format: 'text',
    default: '',
    env: 'STORE_CERT_FILE',
  },
  storeKeyFile: {
    doc: "PEM file of the client certificate's private key.",
    format: 'text',
    default: '',
    env: 'STORE_KEY_FILE',
  },
  storeConnections: {
    doc: 'Maximum number of connections to PostgreSQL, MySQL or MariaDB: one stores, the others read.',
    format: 'positive number',
    default: 8,
    env: 'STORE_CONNECTIONS',
  },
};
