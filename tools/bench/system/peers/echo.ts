import { join } from 'node:path';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { parleyPost, parleyStream } from '../parley.ts';
import type { Sandbox } from '../sandbox.ts';
import { startServer } from '../start-server.ts';
import type { SystemUnderTest } from '../system-under-test.ts';

/**
 * Starts the server of echo-server.ts, the limit of posts to one Node process. It takes Parley's
 * posts; it has no streams.
 */
export async function startEcho(sandbox: Sandbox): Promise<SystemUnderTest> {
  const dir = sandbox.makeDir('echo');
  const port = await freePort();
  const child = await startServer(sandbox, {
    command: process.execPath,
    args: [join(import.meta.dirname, 'echo-server.ts'), String(port)],
    cwd: dir,
    env: {},
    logFile: join(dir, 'echo.log'),
    port,
  });
  return {
    name: 'echo',
    port,
    pid: child.pid ?? 0,
    postTarget: (channel) => parleyPost(channel, [port], ''),
    streamRequest: (channel) => parleyStream(channel, ''),
    [Symbol.asyncDispose]: () => sandbox.stop(child, 'kill'),
  };
}
