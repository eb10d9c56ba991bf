import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { connect } from '@parley/client';
import { startOpenAndRequired } from '@parley/testkit/processes/open-and-required.ts';
import { until } from '@parley/testkit/until.ts';
import { EventSource } from 'eventsource';

/** A server on which Parley is below a path, beside other things. */
async function openSite(parley: string, path: string): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((request, response) => {
    const { method = '', headers, url = '' } = request;
    if (!url.startsWith(`${path}/`)) return void response.writeHead(404).end();
    const onward = httpRequest(parley + url.slice(path.length), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
    response.once('close', () => onward.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${path}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('the address of Parley may have a path, with or without a slash at its end', async () => {
  await using stack = new AsyncDisposableStack();
  const { required, key } = await startOpenAndRequired(stack);
  const site = stack.use(await openSite(required.url, '/sites/parley'));
  const rights = { sub: 'ada', name: 'ada', publish: ['**'], subscribe: ['**'] };
  const token = async () => key.sign(rights, 600);
  for (const [source, end] of [
    [undefined, ''],
    [EventSource, '/'],
  ] as const) {
    Object.assign(globalThis, { EventSource: source });
    const client = connect(site.url + end, { token });
    stack.defer(() => client.close());
    const channel = client.channel(`path${end.length}`);
    const seen: unknown[] = [];
    channel.on('message', ({ message }) => seen.push(message));
    await channel.send('hi');
    await until('it arrives', () => seen.length === 1);
    assert.equal((await channel.history()).head, 1);
    assert.equal((await channel.presence()).named, 1);
  }
});
