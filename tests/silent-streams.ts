import { createServer, request, type ServerResponse } from 'node:http';
import { listen } from '@parley/kit/listen.ts';

/** A way to a server on which streams can go silent: their bytes are lost and no side is told. */
export interface SilentStreams extends AsyncDisposable {
  url: string;
  /** Streams that have been opened so far. */
  opened: () => number;
  /** Loses what the streams that are open now bring from here on; other requests and new streams pass. */
  silence(): void;
}

/** Listens on a free port and passes each HTTP request on to the server at `target`. */
export async function openSilentStreams(target: string): Promise<SilentStreams> {
  const silent = new WeakSet<ServerResponse>();
  const streams = new Set<ServerResponse>();
  let opened = 0;
  const server = createServer((incoming, answer) => {
    const { method, headers, url } = incoming;
    // With the page's own Host, by which the server knows the page as its own.
    const onward = request(new URL(url ?? '/', target), { method, headers });
    onward.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      if (!url?.startsWith('/broadcast/')) return response.pipe(answer);
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
