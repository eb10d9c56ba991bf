import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt from 'mqtt';
import type { Client, PrivateDeployment } from './deployment.ts';

/** Opens a stream of each kind that reads a channel, and waits until all have begun. */
export async function openReaders(
  { url }: PrivateDeployment,
  channel: string,
  { headers }: Client,
) {
  await using building = new AsyncDisposableStack();
  const sse = building.use(new EventReader(url, channel, '', headers));
  const socket = building.use(new SocketReader(url, channel, '', headers));
  const several = building.use(new SocketReader(url, undefined, '', headers));
  const [named, pattern] = [channel, `${channel.slice(0, -1)}*`].map((asked) =>
    building.use(new StreamText(url, `?channel=${asked}&channel=lobby`, headers, '/broadcast')),
  ) as [StreamText, StreamText];
  await several.receivedFrame('hello');
  several.send({ type: 'subscribe', channel });
  await several.receivedFrame('subscribed');
  await sse.greeted();
  await socket.receivedFrame('hello');
  for (const stream of [named, pattern])
    await until('it has begun', () => stream.text.includes('event: presence'));
  const streams = { sse, socket, several, named, pattern };
  const stack = building.move();
  return { ...streams, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Publishes as a service. */
export async function publishAsService(
  { mqttUrl, partPassword }: PrivateDeployment,
  topic: string,
  payload: string,
): Promise<void> {
  const login = { username: 'parley', password: partPassword };
  const part = await mqtt.connectAsync(mqttUrl, login);
  await using _part = { [Symbol.asyncDispose]: () => part.endAsync(true) };
  await part.publishAsync(topic, payload, { qos: 1 });
}

/** The reasons of some `reset` notices. */
export const reasonsOf = (notices: object[]) =>
  notices.map((notice) => ('reason' in notice ? notice.reason : undefined));
