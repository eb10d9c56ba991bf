import type { ChildProcess } from 'node:child_process';
import { acceptsConnections } from '@parley/testkit/processes/accepts-connections.ts';
import { hasEnded, logTail, type Program, type Sandbox } from './sandbox.ts';
import { waitUntil } from './wait-until.ts';

const START_MS = 10_000;

/**
 * Starts a program that listens on `port`. Resolves when it accepts connections. @throws Error with
 * the end of its log when it does not
 */
export async function startServer(
  sandbox: Sandbox,
  program: Program & { port: number },
): Promise<ChildProcess> {
  const child = sandbox.spawn(program);
  const accepts = () => acceptsConnections(program.port);
  const started = await waitUntil(async () => hasEnded(child) || (await accepts()), {
    timeoutMs: START_MS,
  });
  if (!started || hasEnded(child)) {
    throw new Error(`${program.command} did not start:\n${logTail(program.logFile)}`);
  }
  return child;
}
