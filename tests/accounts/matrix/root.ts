import assert from 'node:assert/strict';
import type { ChatEvent } from '@parley/contract/events/event.ts';
import { eventsPageSchema } from '@parley/contract/events/events-page.ts';
import { ask } from '@parley/testkit/clients/ask.ts';
import { until } from '@parley/testkit/until.ts';
import { mark, type Reading, readStream } from './reads.ts';
import { CHANNELS, type Deployment, type User } from './users.ts';

/** Posts as root, who has every right; resolves with the receipt. */
export async function postAsRoot(
  { parley, root }: Deployment,
  channel: string,
  fields: object,
): Promise<Record<string, unknown>> {
  const { status, body } = await ask('POST', `${parley.url}/chat/${channel}`, root(), fields);
  assert.equal(status, 'store' in fields ? 202 : 201);
  return body ?? {};
}

/** Posts a message as root, with the text and the channel's mark. */
export function postText(deployment: Deployment, channel: string, text: string) {
  const message = `${text} ${mark(channel)}`;
  return postAsRoot(deployment, channel, { username: 'root', message });
}

/** Posts a message, a typed event and a signal as root, each with the text and the channel's mark. */
export async function postAll(
  deployment: Deployment,
  channel: string,
  text: string,
): Promise<void> {
  await postText(deployment, channel, text);
  const data = (kind: string) => `${kind} ${text} ${mark(channel)}`;
  await postAsRoot(deployment, channel, { type: 'probe', data: data('event') });
  await postAsRoot(deployment, channel, { type: 'probe', data: data('signal'), store: false });
}

/** Every event of a channel. */
export async function logOf({ parley, root }: Deployment, channel: string): Promise<ChatEvent[]> {
  const url = `${parley.url}/chat/${channel}/events?limit=1000`;
  return eventsPageSchema.parse((await ask('GET', url, root())).body).events;
}

/** Opens a stream as root, at a path and query below `/broadcast`; resolves when it is live. */
export async function watch({ parley, root }: Deployment, place: string): Promise<Reading> {
  const show = async () => ({ headers: root(), query: '' });
  const reading = await readStream(`${parley.url}/broadcast${place}`, { query: '' }, { show });
  await until('the stream is live', () => reading.text().includes('event: presence\n'));
  return reading;
}

/** Nothing that a user received may name a channel that the user may not read. */
export function assertNoLeak({ name, reads }: User, way: string, text: string): void {
  for (const channel of CHANNELS) {
    if (!reads.includes(channel))
      assert.ok(!text.includes(mark(channel)), `${name}: ${way}: ${text}`);
  }
}
