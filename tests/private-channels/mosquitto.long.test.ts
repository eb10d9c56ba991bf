import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { startMosquitto } from '@parley/testkit/mqtt-brokers/mosquitto.ts';
import { busOf, connectTo, type MqttBroker } from '@parley/testkit/mqtt-brokers/mqtt-broker.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { until } from '@parley/testkit/until.ts';
import { makePrivate, type PrivateDeployment, say, startPrivate } from './deployment.ts';

const CHANNEL = 'team';
/** How long a cut may take: less than until access is compared with the log again. */
const CUT_MS = 2_500;

const stack = new AsyncDisposableStack();
let broker: MqttBroker;
let parley: PrivateDeployment;

before(async () => {
  if (needs('mosquitto').skip) return;
  broker = stack.use(await startMosquitto(['--guests']));
  parley = stack.use(await startPrivate(busOf(broker)));
});
after(() => stack.disposeAsync());

/** Connects a guest that subscribes to a topic, and gathers what it receives. */
async function guestOf(topic: string, use: AsyncDisposableStack): Promise<string[]> {
  const device = await connectTo(broker.ports[0] ?? 0, broker.caFile);
  use.defer(() => device.endAsync(true));
  const received: string[] = [];
  device.on('message', (at, payload) => void received.push(`${at} ${payload}`));
  await device.subscribeAsync(topic).catch(() => undefined);
  return received;
}

test(
  'over Mosquitto a removed member is cut off at once, and no device sees a private channel',
  needs('mosquitto'),
  async () => {
    await using devices = new AsyncDisposableStack();
    const topics = ['#', 'chat/#', 'chat/private/#', `chat/events/${CHANNEL}`, 'chat/+/+'];
    const received = await Promise.all(topics.map((topic) => guestOf(topic, devices)));
    const lobby = await guestOf('chat/events/lobby', devices);
    const [ada, bob] = [await parley.account(), await parley.account()];
    await makePrivate(CHANNEL, ada, bob);
    await say(CHANNEL, ada, 'before');
    const { url } = parley;
    using kept = new EventReader(url, CHANNEL, '', ada.headers);
    using sse = new StreamText(url, `${CHANNEL}?last=9`, bob.headers);
    using socket = new SocketReader(url, CHANNEL, '', bob.headers);
    using pattern = new StreamText(url, '?channel=**&last=9', bob.headers, '/broadcast');
    await kept.greeted();
    await socket.receivedFrame('hello');
    await until('the streams have the past', () =>
      [sse, pattern].every(({ text }) => text.includes('before')),
    );
    const began = performance.now();
    assert.equal((await ada.ask('DELETE', `/chat/${CHANNEL}/members/${bob.name}`)).status, 204);
    await Promise.all([sse.closed, socket.closed]);
    await until('the pattern leaves it out', () => pattern.text.includes('"forbidden"'));
    const took = performance.now() - began;
    assert.ok(took < CUT_MS, `${took} ms`);
    await say(CHANNEL, ada, 'after');
    await kept.received(1);
    for (const { text } of [sse, pattern]) assert.ok(!text.includes('after'));
    // Mosquitto delivers to a device in order: the public message comes after the private ones.
    await say('lobby', ada, 'public');
    const withPublic = () =>
      [lobby, ...received].filter((texts) => texts.join().includes('public'));
    await until('four devices get the public one', () => withPublic().length === 4);
    for (const texts of received) assert.doesNotMatch(texts.join(), /private|before|after/);
  },
);

test('all traffic matched the API documents', needs('mosquitto'), async () => {
  assert.equal(await parley.parley.end('SIGTERM'), 0);
});
