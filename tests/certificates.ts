import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Runs `npm run certs` for a folder and tells which files it made. */
export async function makeCertificates(folder: string) {
  await promisify(execFile)(process.execPath, ['scripts/certs.ts'], {
    cwd: ROOT,
    env: { ...process.env, SECRETS_DIR: folder },
  });
  return {
    caFile: join(folder, 'ca.crt'),
    certFile: join(folder, 'broker.crt'),
    keyFile: join(folder, 'broker.key'),
  };
}
