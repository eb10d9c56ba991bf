import type { Setting } from '@parley/kit/settings.ts';

/** Where a service keeps what it stores, and how that is reached. */
export interface StoreConfig {
  storeUrl: string;
  storeCaFile: string;
  storeCertFile: string;
  storeKeyFile: string;
  storeConnections: number;
}

/** How a service's store is reached; each says by its default where its own is. */
export const storeSettings: { [K in keyof StoreConfig]: Setting<StoreConfig[K]> } = {
  storeUrl: {
    doc: 'Where it is stored: sqlite:<path>, postgres://user:password@host/database or mysql://….',
    format: 'store address',
    default: 'sqlite:./data/parley.db',
    env: 'STORE_URL',
    sensitive: true,
  },
  storeCaFile: {
    doc: "PEM file of the authority that signed the database's certificate; it turns TLS on.",
    format: 'text',
    default: '',
    env: 'STORE_CA_FILE',
  },
  storeCertFile: {
    doc: 'PEM file of the certificate shown to the database; it turns TLS on.',
    format: 'text',
    default: '',
    env: 'STORE_CERT_FILE',
  },
  storeKeyFile: {
    doc: "PEM file of that certificate's private key.",
    format: 'text',
    default: '',
    env: 'STORE_KEY_FILE',
  },
  storeConnections: {
    doc: 'Connections to PostgreSQL, MySQL or MariaDB at most: one stores, the others read.',
    format: 'positive number',
    default: 8,
    env: 'STORE_CONNECTIONS',
  },
};
