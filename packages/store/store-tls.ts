import { readText, SettingsError } from '@parley/kit/settings/settings.ts';
import type { StoreConfig } from './store-settings.ts';

/**
 * TLS to a database, as PEM texts. `ca` is the authority to trust; without it the system's
 * authorities are trusted. `cert` and `key` are the client certificate and its private key.
 */
export interface StoreTls {
  ca?: string;
  cert?: string;
  key?: string;
}

type TlsConfig = Pick<StoreConfig, 'storeCaFile' | 'storeCertFile' | 'storeKeyFile'>;

/** Reads the files that the settings name; undefined when they name none. @throws SettingsError */
export function readStoreTls(config: TlsConfig): StoreTls | undefined {
  const { storeCaFile: ca, storeCertFile: cert, storeKeyFile: key } = config;
  if (!cert !== !key) {
    throw new SettingsError('STORE_CERT_FILE and STORE_KEY_FILE: set both, or neither');
  }
  if (!ca && !cert) return undefined;
  return {
    ...(ca && { ca: readText('STORE_CA_FILE', ca) }),
    ...(cert && { cert: readText('STORE_CERT_FILE', cert) }),
    ...(key && { key: readText('STORE_KEY_FILE', key) }),
  };
}
