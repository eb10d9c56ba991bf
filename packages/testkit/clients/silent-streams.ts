import { createServer, request, type ServerResponse } from 'node:http';
import { listen } from '@parley/kit/http/server/listen.ts';

/**
 * A proxy to a server whose streams can go silent: their bytes are lost and neither side gets an
 * error.
 */
export interface SilentStreams extends AsyncDisposable {
  url: string;
  /** The number of streams opened so far. */
  opened: () => number;
  /** Drops everything from the currently open streams; other requests and new streams pass. */
  silence(): void;
}

/** Listens on a free port and passes each HTTP request to the server at `target`. */
export async function openSilentStreams(target: string): Promise<SilentStreams> {
  const silent = new WeakSet<ServerResponse>();
  const streams = new Set<ServerResponse>();
  let opened = 0;
  const server = createServer((incoming, answer) => {
    const { method, headers, url } = incoming;
    // With the page's own Host, so that the server accepts the page's origin.
    const onward = request(new URL(url ?? '/', target), { method, headers });
    onward.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      if (!/^\/broadcast[/?]/.test(url ?? '')) return response.pipe(answer);
      opened += 1;
      streams.add(answer);
      response.on('data', (bytes) => silent.has(answer) || answer.write(bytes));
      return response.on('close', () => silent.has(answer) || answer.end());
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => {
      streams.delete(answer);
      onward.destroy();
    });
    incoming.pipe(onward);
  });
  await listen(server, { host: '127.0.0.1', port: 0, setting: 'PORT' });
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    opened: () => opened,
    silence: () => {
      for (const stream of streams) silent.add(stream);
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
