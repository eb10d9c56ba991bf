import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrivateFile, ensurePrivateFolder } from '@parley/kit/private-files.ts';
import { SettingsError } from '@parley/kit/settings/settings.ts';
import { openSigningKey, type SigningKey } from '@parley/kit/tokens/signing-key.ts';

/**
 * The private key that signs tokens, from a PEM file.
 * @throws SettingsError when the file cannot be read or holds no key on P-256
 */
export function readTokenKey(file: string): SigningKey {
  try {
    return openSigningKey(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new SettingsError(`TOKEN_KEY_FILE: ${file}: ${code ?? message}`);
  }
}

/**
 * The private key's file in DATA_DIR. It is made when missing, and only its owner can read it.
 * @throws SettingsError when it cannot be made
 */
export function ownTokenKeyFile(dataDir: string): string {
  const file = join(dataDir, 'token.key');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  try {
    ensurePrivateFolder(dataDir);
    ensurePrivateFile(file, pem);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SettingsError(`DATA_DIR: cannot make ${file}: ${code}`);
  }
  return file;
}
