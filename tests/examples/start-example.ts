import { freePort } from '@parley/testkit/processes/free-port.ts';
import { type Program, startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

/**
 * Starts Parley and an example that uses it, until the stack ends. When Parley was killed,
 * `startParley` starts it again, with the same data and port.
 */
export async function startExample(
  stack: AsyncDisposableStack,
  program: Extract<Program, `examples/${string}`>,
  settings: Record<string, string> = {},
) {
  const folder = stack.use(await temporaryFolder());
  const env = { DATA_DIR: folder.path, PORT: String(await freePort()), ...settings };
  const startParley = async () => stack.use(await startBare('services/standalone', env));
  const parley = await startParley();
  const example = stack.use(await startBare(program, { PARLEY_URL: parley.url }));
  return { parley, example, startParley };
}
