import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import type { Sandbox } from '../sandbox.ts';
import { startServer } from '../start-server.ts';
import type { SystemUnderTest } from '../system-under-test.ts';

const BINARIES = [
  '/usr/sbin/nginx',
  '/usr/bin/nginx',
  '/usr/local/sbin/nginx',
  '/usr/local/bin/nginx',
];
const MODULES = [
  '/usr/lib/nginx/modules/ngx_nchan_module.so',
  '/usr/lib64/nginx/modules/ngx_nchan_module.so',
  '/usr/share/nginx/modules/ngx_nchan_module.so',
];

/** Paths of nginx and of its nchan module. */
export interface NchanFiles {
  binary: string;
  module: string;
}

/**
 * Looks in the folders where distributions install nginx and nchan. Undefined when one is missing.
 */
export function findNchan(): NchanFiles | undefined {
  const binary = BINARIES.find((path) => existsSync(path));
  const module = MODULES.find((path) => existsSync(path));
  return binary && module ? { binary, module } : undefined;
}

/** Starts nginx with nchan in a new folder. Resolves when it accepts connections. */
export async function startNchan(sandbox: Sandbox, files: NchanFiles): Promise<SystemUnderTest> {
  const dir = sandbox.makeDir('nchan');
  const port = await freePort();
  const configFile = join(dir, 'nginx.conf');
  const logFile = join(dir, 'error.log');
  writeFileSync(configFile, nginxConfig({ dir, port, module: files.module, logFile }));
  const child = await startServer(sandbox, {
    command: files.binary,
    args: ['-p', dir, '-e', logFile, '-c', configFile],
    cwd: dir,
    env: {},
    logFile,
    port,
  });
  return {
    name: 'nchan',
    port,
    pid: child.pid ?? 0,
    postTarget: (channel) => ({
      ports: [port],
      request: `POST /pub?id=${channel} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n`,
      prefix: '',
      suffix: '',
    }),
    streamRequest: (channel) =>
      `GET /sub?id=${channel} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n`,
    [Symbol.asyncDispose]: () => sandbox.stop(child, 'ask'),
  };
}

interface ConfigValues {
  dir: string;
  port: number;
  module: string;
  logFile: string;
}

/** One worker, since Parley is one process. Everything stays in memory; requests are not logged. */
function nginxConfig({ dir, port, module, logFile }: ConfigValues): string {
  return `
load_module ${module};
daemon off;
master_process on;
worker_processes 1;
worker_rlimit_nofile 20000;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${dir}/nginx.pid;
error_log ${logFile} error;
events { worker_connections 18000; }
http {
  access_log off;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi;
  scgi_temp_path ${dir}/scgi;
  keepalive_requests 100000000;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /pub {
      nchan_publisher;
      nchan_channel_id $arg_id;
      nchan_message_buffer_length 1000;
    }
    location = /sub {
      nchan_subscriber eventsource;
      nchan_channel_id $arg_id;
      nchan_subscriber_first_message newest;
    }
  }
}
`;
}
