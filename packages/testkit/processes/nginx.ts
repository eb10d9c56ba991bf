import { writeFile } from 'node:fs/promises';
import { NGINX } from '../real-parts.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { freePort } from './free-port.ts';
import { serverProcess } from './server-process.ts';

interface Upstreams {
  /** Ports of this machine. */
  chats: number[];
  broadcasts: number[];
}

/**
 * Starts nginx before any number of chats and broadcasts. nginx tries another one if one does not
 * answer, for posts too, because their keys make that safe.
 */
export async function startNginx(upstreams: Upstreams): Promise<AsyncDisposable & { url: string }> {
  await using building = new AsyncDisposableStack();
  const { path: folder } = building.use(await temporaryFolder());
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await writeFile(`${folder}/nginx.conf`, configuration({ ...upstreams, port, folder }));
  const args = ['-p', folder, '-e', `${folder}/error.log`, '-c', `${folder}/nginx.conf`];
  const server = serverProcess({ file: NGINX, args }, async () => {
    const { status } = await fetch(`${url}/healthz`);
    if (status !== 200) throw new Error(`nginx answers with ${status}`);
  });
  building.defer(() => server.end('SIGTERM'));
  await server.begin();
  const stack = building.move();
  return { url, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function configuration({
  chats,
  broadcasts,
  port,
  folder,
}: Upstreams & { port: number; folder: string }): string {
  const servers = (ports: number[]) =>
    ports.map((one) => `server 127.0.0.1:${one} max_fails=0;`).join(' ');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  keepalive_requests 1000000;
  upstream chat { ${servers(chats)} keepalive 16; }
  upstream broadcast { ${servers(broadcasts)} keepalive 16; }
  server {
    listen 127.0.0.1:${port};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_next_upstream error timeout http_502 http_503 non_idempotent;
    location / { proxy_pass http://chat; }
    location /broadcast/ { proxy_pass http://broadcast; proxy_buffering off; }
  }
}
`;
}
