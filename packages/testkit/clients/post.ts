import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { MessageReceipt } from '@parley/contract/events/message.ts';

/** Posts a message as JSON and expects it stored. */
export async function post(
  url: string,
  channel: string,
  message: string,
  username = 'ada',
): Promise<MessageReceipt> {
  const response = await fetch(`${url}/chat/${encodeURIComponent(channel)}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, message }),
  });
  if (!response.ok)
    throw new Error(`POST was answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as MessageReceipt;
}

/** Longer than any outage in the tests; without an end, a failed test would post for ever. */
const ACKNOWLEDGED_MS = 120_000;

/** Posts with a key until it is acknowledged, even if the server fails in between. */
export async function postUntilAcknowledged(
  url: string,
  channel: string,
  message: string,
): Promise<MessageReceipt> {
  const key = randomUUID();
  const until = performance.now() + ACKNOWLEDGED_MS;
  while (performance.now() < until) {
    try {
      const response = await fetch(`${url}/chat/${channel}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
        body: JSON.stringify({ username: 'ada', message }),
      });
      if (response.ok) return (await response.json()) as MessageReceipt;
      await response.body?.cancel();
    } catch {
      // The server is down; the key makes another attempt safe.
    }
    await delay(20);
  }
  throw new Error(`no acknowledgement of "${message}" in ${ACKNOWLEDGED_MS} ms`);
}
