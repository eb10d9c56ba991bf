import { createPrivateKey, X509Certificate } from 'node:crypto';
import { StartError } from '@parley/kit/run.ts';
import { readText } from '@parley/kit/settings/settings.ts';
import type { BrokerConfig } from '../settings.ts';

type TlsFiles = Pick<BrokerConfig, 'mqttTlsCertFile' | 'mqttTlsKeyFile' | 'mqttTlsCaFile'>;

/** Certificate, key and authority for TLS, as PEM texts. */
export interface Tls {
  cert: string;
  key: string;
  ca?: string;
  minVersion: 'TLSv1.2';
}

/**
 * Reads the broker's certificate; undefined where none is given.
 * @throws SettingsError when a file cannot be read, StartError when the files do not fit together
 */
export function readTls({
  mqttTlsCertFile,
  mqttTlsKeyFile,
  mqttTlsCaFile,
}: TlsFiles): Tls | undefined {
  if (!mqttTlsCertFile && !mqttTlsKeyFile && !mqttTlsCaFile) return undefined;
  if (!mqttTlsCertFile || !mqttTlsKeyFile) {
    throw new StartError('TLS needs both MQTT_TLS_CERT_FILE and MQTT_TLS_KEY_FILE');
  }
  const cert = readText('MQTT_TLS_CERT_FILE', mqttTlsCertFile);
  const key = readText('MQTT_TLS_KEY_FILE', mqttTlsKeyFile);
  const ca = mqttTlsCaFile === '' ? undefined : readText('MQTT_TLS_CA_FILE', mqttTlsCaFile);
  checkFit({ cert, key, ca });
  return { cert, key, minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) };
}

function checkFit({ cert, key, ca }: { cert: string; key: string; ca: string | undefined }): void {
  let fault: string | undefined;
  try {
    const certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) {
      fault = "MQTT_TLS_KEY_FILE is not the certificate's key";
    } else if (
      ca !== undefined &&
      !new X509Certificate(lastOf(cert)).verify(new X509Certificate(ca).publicKey)
    ) {
      fault = 'MQTT_TLS_CA_FILE did not sign the certificate';
    }
  } catch (error) {
    fault = `the certificate, its key or its authority is not PEM: ${(error as Error).message}`;
  }
  if (fault !== undefined) throw new StartError(`TLS: ${fault}`);
}

/** The last certificate of a chain is the one that the authority signed. */
function lastOf(chain: string): string {
  const begin = chain.lastIndexOf('-----BEGIN CERTIFICATE-----');
  return begin < 0 ? chain : chain.slice(begin);
}
