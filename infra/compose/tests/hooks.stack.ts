import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { docker } from '@parley/testkit/processes/docker.ts';
import { until } from '@parley/testkit/until.ts';
import { Webhook } from 'standardwebhooks';
import { compose, secret, URL_OF_STACK, up } from './stack.ts';

const OVERLAY = ['--file', 'docker-compose.yml', '--file', 'infra/compose/hooks.yml'];

test('the overlay hooks posts what another program sends, and sends it to a receiver that HOOKS_ALLOW names', async () => {
  await up();
  await compose(...OVERLAY, 'up', '--no-start', '--no-deps', 'hooks');
  const network = `${process.env.COMPOSE_PROJECT_NAME}_receivers`;
  const gateway = '{{(index .IPAM.Config 0).Gateway}}';
  const host = (await docker('network', 'inspect', '--format', gateway, network)).trim();
  process.env.HOOKS_ALLOW = host;
  await compose(...OVERLAY, 'up', '--detach', '--wait', '--no-deps', 'hooks');

  const whsec = `whsec_${randomBytes(24).toString('base64')}`;
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    const headers = request.headers as Record<string, string>;
    const event = new Webhook(whsec).verify(await text(request), headers);
    received.push((event as { message: string }).message);
    response.writeHead(204).end();
  });
  await once(server.listen(0, host), 'listening');
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  await put('/hooks/stack', { url, secret: whsec, channels: ['hooked'] });
  const { path } = await put('/hooks/in/stack', { channel: 'hooked' });
  using reader = new EventReader(URL_OF_STACK, 'hooked');
  await reader.greeted();

  // The most that nginx lets through; the message is cut.
  const body = 'x'.repeat(1_048_576);
  const answer = await fetch(URL_OF_STACK + path, { method: 'POST', body });
  assert.equal(answer.status, 200, await answer.text());
  await reader.received(1);
  assert.match(reader.events[0]?.message ?? '', /^x{3999}…$/);
  await until('the receiver has the message', () => received.length > 0);
  assert.deepEqual(
    received,
    reader.events.map(({ message }) => message),
  );

  server.close();
  await compose(...OVERLAY, 'rm', '--stop', '--force', 'hooks');
});

/** Makes a hook as an administrator. Resolves with the answer. */
async function put(path: string, hook: object): Promise<Record<string, unknown>> {
  const claims = { sub: 'root', role: 'admin' as const, publish: ['**'], subscribe: ['**'] };
  const token = openSigningKey(await secret('token.key')).sign(claims, 600);
  const response = await fetch(URL_OF_STACK + path, {
    method: 'PUT',
    headers: { ...bearerHeader(token), 'Content-Type': 'application/json' },
    body: JSON.stringify(hook),
  });
  const document = await response.text();
  assert.equal(response.status, 201, document);
  return JSON.parse(document);
}
