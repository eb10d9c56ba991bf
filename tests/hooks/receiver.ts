import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';

/** An event as it came to a receiver. */
export interface Received {
  id: string;
  channel: string;
  seq: number;
  kind: string;
  message?: string;
}

/** A receiver of webhooks. */
export interface Receiver extends AsyncDisposable {
  url: string;
  /** Each delivery in the order in which it came, with the status of the answer. */
  received: (Received & { status: number })[];
  /** Ids of the events that were accepted, in the order in which they came first. */
  accepted(channel?: string): string[];
  /** Sets how it answers: a status, or a function that answers itself and returns no status. */
  answer: (event: Received, response: ServerResponse) => number | undefined;
  /** Requests under way, and the most at the same time. */
  open: number;
  mostOpen: number;
  /** The most requests of one channel at the same time. */
  mostOfChannel: number;
}

/**
 * Starts a receiver that checks each signature as its users would: a wrong one fails the test. It takes
 * `takesMs` for an event.
 */
export async function startReceiver(
  secret: string,
  { host = '127.0.0.1', port = 0, takesMs = 0 } = {},
): Promise<Receiver> {
  const webhook = new Webhook(secret);
  const faults: unknown[] = [];
  const openOf = new Map<string, number>();
  const server = createServer(async (request, response) => {
    try {
      receiver.mostOpen = Math.max(receiver.mostOpen, ++receiver.open);
      response.on('close', () => receiver.open--);
      const body = (await buffer(request)).toString();
      const event = webhook.verify(body, request.headers as Record<string, string>) as Received;
      if (event.id !== request.headers['webhook-id']) throw new Error('the id is not the event’s');
      const { channel } = event;
      openOf.set(channel, (openOf.get(channel) ?? 0) + 1);
      response.on('close', () => openOf.set(channel, (openOf.get(channel) ?? 0) - 1));
      receiver.mostOfChannel = Math.max(receiver.mostOfChannel, openOf.get(channel) ?? 0);
      if (takesMs > 0) await delay(takesMs);
      const status = receiver.answer(event, response);
      receiver.received.push({ ...event, status: status ?? 0 });
      if (status !== undefined) response.writeHead(status).end();
    } catch (error) {
      if (!request.destroyed) faults.push(error);
      response.destroy();
    }
  });
  server.listen(port, host);
  await once(server, 'listening');
  const receiver: Receiver = {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}/in`,
    received: [],
    accepted: (channel) => {
      const accepted = receiver.received.filter(({ status }) => status >= 200 && status < 300);
      const chosen = accepted.filter((event) => channel === undefined || event.channel === channel);
      return [...new Set(chosen.map(({ id }) => id))];
    },
    answer: () => 204,
    open: 0,
    mostOpen: 0,
    mostOfChannel: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (faults.length > 0) throw faults[0];
    },
  };
  return receiver;
}
