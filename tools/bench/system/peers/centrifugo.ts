import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import type { Sandbox } from '../sandbox.ts';
import { startServer } from '../start-server.ts';
import type { SystemUnderTest } from '../system-under-test.ts';

const API_KEY = 'bench';

/**
 * Starts Centrifugo 6 in a new folder: one node with the memory engine. Readers use its
 * unidirectional Server-Sent Events, posts its HTTP API.
 */
export async function startCentrifugo(sandbox: Sandbox, binary: string): Promise<SystemUnderTest> {
  const dir = sandbox.makeDir('centrifugo');
  const port = await freePort();
  const configFile = join(dir, 'config.json');
  writeFileSync(configFile, JSON.stringify(configuration(port)));
  const child = await startServer(sandbox, {
    command: binary,
    args: ['--config', configFile],
    cwd: dir,
    env: {},
    logFile: join(dir, 'centrifugo.log'),
    port,
  });
  return {
    name: 'centrifugo',
    port,
    pid: child.pid ?? 0,
    framesLackIds: true,
    postTarget: (channel) => ({
      ports: [port],
      request: `POST /api/publish HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: ${API_KEY}\r\nContent-Type: application/json\r\n`,
      prefix: `{"channel":"${channel}","data":"`,
      suffix: '"}',
    }),
    streamRequest: (channel) => {
      const connect = encodeURIComponent(JSON.stringify({ subs: { [channel]: {} } }));
      return `GET /connection/uni_sse?cf_connect=${connect} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n`;
    },
    [Symbol.asyncDispose]: () => sandbox.stop(child, 'kill'),
  };
}

/** Clients need no token, as with Parley's open mode. A channel keeps 1,000 messages, as nchan's. */
function configuration(port: number) {
  return {
    http_server: { address: '127.0.0.1', port },
    log: { level: 'error' },
    client: { insecure: true },
    http_api: { key: API_KEY },
    uni_sse: { enabled: true },
    usage_stats: { disabled: true },
    channel: { without_namespace: { history_size: 1000, history_ttl: '300s' } },
  };
}
