import { mkdir, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { howToRun } from '@parley/kit/commands/how-to-run.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import { readTls } from '../listeners/tls.ts';
import type { BrokerConfig } from '../settings.ts';
import { encodeAcl } from './acl.ts';
import { encodeConf } from './conf.ts';
import type { MosquittoOptions } from './options.ts';
import { encodePasswd } from './passwd.ts';

/**
 * Writes Mosquitto's files over existing ones, readable only by their owner. Returns the path of
 * the configuration.
 * @throws PlainError when the password, or a certificate that fits its key, is missing
 */
export async function writeMosquittoFiles(
  config: BrokerConfig,
  { folder, guests, user }: Omit<MosquittoOptions, 'help'>,
): Promise<string> {
  if (!readTls(config)) {
    throw new PlainError(
      `set MQTT_TLS_CERT_FILE and MQTT_TLS_KEY_FILE; ${howToRun('secrets')} makes both`,
    );
  }
  if (config.mqttPassword === '') {
    throw new PlainError('set MQTT_PASSWORD_FILE: the password of the services');
  }
  const confFile = resolve(folder, 'mosquitto.conf');
  const aclFile = resolve(folder, 'acl');
  const passwordFile = resolve(folder, 'passwd');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await replace(passwordFile, encodePasswd(config.mqttPassword));
  await replace(aclFile, encodeAcl({ guests }));
  const conf = encodeConf({
    host: config.mqttHost,
    tlsPort: config.mqttTlsPort,
    certFile: resolve(config.mqttTlsCertFile),
    keyFile: resolve(config.mqttTlsKeyFile),
    aclFile,
    passwordFile,
    guests,
    user,
  });
  await replace(confFile, conf);
  return confFile;
}

/** Removes the file first: an existing file would keep its mode. */
async function replace(file: string, text: string): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, text, { flag: 'wx', mode: 0o600 });
}
