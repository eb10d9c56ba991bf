import assert from 'node:assert/strict';
import { test } from 'node:test';
import { post } from '@parley/testkit/clients/post.ts';
import { until } from '@parley/testkit/until.ts';
import { openHooksDeployment } from './hooks-deployment.ts';

const { deployments, administrator, send, hook, see } = openHooksDeployment();

const say = (channel: string, message: string) => post(deployments.url, channel, message);

test('a hook delivers the events of its channels and kinds from when it was made', async () => {
  await say('team.old', 'before');
  const { receiver } = await hook({ channels: ['team.*', 'ops'], kinds: ['message', 'order.*'] });
  const { seq } = await say('team.old', 'one');
  const { browser } = await administrator();
  const typed = (type: string) => browser.send('POST', '/chat/team.old', { type, data: { a: 1 } });
  for (const type of ['order.made', 'parcel.made']) assert.equal((await typed(type)).status, 201);
  await browser.send('PUT', `/chat/team.old/events/${seq}/vote`, { vote: 'up' });
  await say('team.old', 'two');
  await say('team.new', 'the first of a new channel');
  await say('ops', 'a channel that is named');
  await say('team.a.b', 'not of the pattern');
  await say('else', 'another channel');
  await until('all came', () => receiver.received.length >= 5);
  const texts = (channel: string) =>
    receiver.received
      .filter((event) => event.channel === channel)
      .map(({ message, kind }) => message ?? kind);
  assert.deepEqual(texts('team.old'), ['one', 'event', 'two']);
  assert.deepEqual(texts('team.new'), ['the first of a new channel']);
  assert.deepEqual(texts('ops'), ['a channel that is named']);
  assert.equal(receiver.received.length, 5);
});

test('events of a channel come one at a time and in order, also when the receiver fails', async () => {
  const { name, receiver } = await hook({ channels: ['order.**'] });
  const channels = Array.from({ length: 12 }, (_, i) => `order.${i}`);
  let asked = 0;
  receiver.answer = () => (++asked % 7 === 3 ? 503 : 200);
  for (let i = 0; i < 10; i++) await Promise.all(channels.map((channel) => say(channel, `${i}`)));
  await until('all came', () => receiver.accepted().length >= 120, 60_000);
  for (const channel of channels) {
    const seqs = receiver.accepted(channel).map((id) => Number(id.split(':')[1]));
    assert.deepEqual(seqs, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], channel);
  }
  assert.equal(receiver.mostOfChannel, 1);
  await until('nothing fails', async () => (await see(name)).failing.length === 0);
});

test('a receiver that stalls or fails delays no other hook', async () => {
  const stalled = await hook({ channels: ['both.*'] });
  stalled.receiver.answer = () => undefined;
  const failing = await hook({ channels: ['both.*'] });
  failing.receiver.answer = () => 500;
  const well = await hook({ channels: ['both.*'] });
  const channels = Array.from({ length: 20 }, (_, i) => `both.${i}`);
  for (let i = 0; i < 5; i++) await Promise.all(channels.map((channel) => say(channel, 'x')));
  await until('the others came', () => well.receiver.accepted().length === 100, 5_000);
  await until('failures show', async () => (await see(failing.name)).failing.length === 10);
  const [first] = (await see(failing.name)).failing;
  assert.equal(first?.reason, 'answered 500');
  assert.deepEqual([stalled.receiver.mostOpen, stalled.receiver.mostOfChannel], [8, 1]);
});

test('a receiver that answers 410 ends its hook, and changing the hook begins it anew', async () => {
  const { name, receiver } = await hook({ channels: ['gone'] });
  receiver.answer = () => 410;
  await say('gone', 'one');
  await until('it ended', async () => (await see(name)).state === 'ended');
  assert.equal((await see(name)).why, 'The receiver answered 410.');
  await say('gone', 'two');
  receiver.answer = () => 200;
  const { body } = await send('GET', `/hooks/${name}`);
  const changed = await send('PUT', `/hooks/${name}`, { url: body.url, channels: body.channels });
  assert.deepEqual([changed.status, changed.body.state], [200, 'active']);
  await say('gone', 'three');
  await until('it came', () => receiver.accepted().length > 0);
  assert.deepEqual(
    receiver.received.map(({ message }) => message),
    ['one', 'three'],
  );
});

/** The reason why a hook for this address cannot deliver. */
async function refusalOf(name: string): Promise<string> {
  await until('it fails', async () => (await see(name)).failing.length > 0);
  return (await see(name)).failing[0]?.reason ?? '';
}

test('no hook reaches an address inside the network that is not allowed', async () => {
  const inside = await hook({ channels: ['none'] }, { host: '::' });
  const { port } = new URL(inside.receiver.url);
  const hosts = [
    '127.0.0.2',
    '2130706434', // 127.0.0.2
    '0x7f.2',
    '0177.0.0.2',
    '0.0.0.0',
    '[::]',
    '[::1]',
    '[::ffff:127.0.0.2]',
    '[::ffff:7f00:2]',
    '[::127.0.0.2]',
    '[64:ff9b::127.0.0.2]',
    '[2002:7f00:2::]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '169.254.169.254',
    '10.0.0.1',
    '100.100.100.200',
    '168.63.129.16',
  ];
  const made = await Promise.all(
    hosts.map(async (host, i) => {
      const channel = `inside.${i}`;
      const { name } = await hook({ channels: [channel] }, { url: `http://${host}:${port}/` });
      await post(deployments.url, channel, 'x');
      return { host, name };
    }),
  );
  for (const { host, name } of made) {
    assert.match(await refusalOf(name), /leads into the network/, host);
  }
  assert.equal(inside.receiver.mostOpen, 0);
});

test('a redirect is not followed', async () => {
  const inside = await hook({ channels: ['none'] }, { host: '127.0.0.2' });
  const { name, receiver } = await hook({ channels: ['away'] });
  receiver.answer = (_event, response) => {
    response.writeHead(307, { Location: inside.receiver.url }).end();
    return undefined;
  };
  await post(deployments.url, 'away', 'x');
  assert.equal(await refusalOf(name), 'answered 307; redirects are not followed');
  assert.equal(inside.receiver.mostOpen, 0);
});
