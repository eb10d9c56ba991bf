import { readFileSync } from 'node:fs';
import { openSigningKey, type SigningKey } from '@parley/kit/tokens/signing-key.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Running, start } from './running.ts';

/** A server that guests may use, and one with AUTH=required whose tokens `key` signs. */
export interface OpenAndRequired {
  open: Running;
  required: Running;
  key: SigningKey;
}

/** Starts both servers with an empty folder each; `stack` ends them. */
export async function startOpenAndRequired(
  stack: AsyncDisposableStack,
  env: Record<string, string> = {},
): Promise<OpenAndRequired> {
  const startIn = async (more: Record<string, string>) => {
    const { path } = stack.use(await temporaryFolder());
    const common = { CANARY_SECONDS: '0', ...env, DATA_DIR: path };
    return { path, server: stack.use(await start('services/standalone', { ...common, ...more })) };
  };
  const { server: open } = await startIn({});
  const { path, server: required } = await startIn({ AUTH: 'required' });
  return { open, required, key: openSigningKey(readFileSync(`${path}/token.key`, 'utf8')) };
}
