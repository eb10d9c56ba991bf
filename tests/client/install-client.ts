import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packClient } from '../../tools/release/pack-client.ts';
import { runNpm } from '../../tools/release/run-program.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Packs the client library and installs it in a folder as npm does, without a registry. */
export function installClient(folder: string): string {
  const work = `${folder}/work`;
  mkdirSync(work);
  const archive = packClient({ checkout: ROOT, to: folder, folder: work });
  runNpm(['install', '--offline', '--no-audit', '--no-fund', archive], folder);
  return archive;
}
