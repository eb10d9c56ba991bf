import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { encodeRenewal, instanceOf } from '@parley/contract/accounts/renewal.ts';
import { renewalsTopic } from '@parley/contract/channels/topic.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { open } from '@parley/testkit/databases/log-stores.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt from 'mqtt';
import { makePrivate, type PrivateDeployment, say, startPrivate } from './deployment.ts';

let parley: PrivateDeployment;

before(async () => {
  parley = await startPrivate({});
});
after(() => parley[Symbol.asyncDispose]());

test('a change whose notice is lost is found within seconds', async () => {
  const [ada, bob] = [await parley.account(), await parley.account()];
  await using store = await open(parley.storeUrl);
  await makePrivate('unnoticed', ada, bob);
  await say('unnoticed', ada, 'first');
  await say('opened', ada, 'first');
  using sse = new StreamText(parley.url, 'unnoticed', bob.headers);
  using many = new StreamText(parley.url, '?channel=unnoticed', bob.headers, '/broadcast');
  using outside = new StreamText(parley.url, 'opened?last=9', bob.headers);
  await until('they read', () =>
    [sse, many, outside].every(({ text }) => text.includes('event: presence')),
  );
  const { members = [] } = (await store.access.find('unnoticed')) ?? {};
  const id = members.find(({ username }) => username === bob.name)?.id ?? '';
  const asked = { by: { account: undefined, admin: true }, at: Date.now() };
  await store.access.change({ channel: 'unnoticed', ...asked, remove: id });
  await store.access.change({ channel: 'opened', ...asked, private: true });
  await Promise.all([sse.closed, outside.closed]);
  await until('the other leaves it out', () => many.text.includes('"forbidden"'));
  using late = new StreamText(parley.url, 'opened?last=9', bob.headers);
  await until('it has begun', () => late.text.includes('event: presence'));
  assert.ok(!late.text.includes('first'));
});

test('a membership that changes to and fro unannounced is followed each time', async () => {
  const [ada, bob] = [await parley.account(), await parley.account()];
  await using store = await open(parley.storeUrl);
  const channel = 'to-and-fro';
  await makePrivate(channel, ada, bob);
  await say(channel, ada, 'first');
  const { members = [] } = (await store.access.find(channel)) ?? {};
  const id = members.find(({ username }) => username === bob.name)?.id ?? '';
  const asked = { by: { account: undefined, admin: true }, at: Date.now() };
  using kept = new EventReader(parley.url, channel, '', ada.headers);
  await kept.greeted();
  using pattern = new StreamText(parley.url, '?channel=to-*&last=9', bob.headers, '/broadcast');
  await until('it reads', () => pattern.text.includes('"first"'));
  for (let i = 1; i <= 2; i++) {
    await store.access.change({ channel, ...asked, remove: id });
    await until('it is cut', () => pattern.text.split('"forbidden"').length === i + 1);
    await say(channel, ada, `out ${i}`);
    await store.access.change({ channel, ...asked, add: id });
    // What it missed comes with the channel.
    await until('it reads on', () => pattern.text.includes(`"out ${i}"`));
    using late = new StreamText(parley.url, `${channel}?last=9`, bob.headers);
    await until('a new stream reads, too', () => late.text.includes(`"out ${i}"`));
  }
});

test('a stream whose renewed token reads more comes to the private side', async () => {
  const [ada, bob] = [await parley.account(), await parley.account()];
  await using store = await open(parley.storeUrl);
  await makePrivate('widened', ada, bob);
  await say('widened', ada, 'secret');
  using leaver = new StreamText(parley.url, 'widened', bob.headers);
  await leaver.name();
  const narrow = parley.service({ subscribe: ['lobby'] });
  using stream = new StreamText(parley.url, 'widened?last=9', narrow.headers);
  const name = await stream.name();
  using kept = new EventReader(parley.url, 'widened', '', ada.headers);
  await kept.greeted();
  const { members = [] } = (await store.access.find('widened')) ?? {};
  const remove = members.find(({ username }) => username === bob.name)?.id ?? '';
  const asked = { by: { account: undefined, admin: true }, at: Date.now() };
  await store.access.change({ channel: 'widened', ...asked, remove });
  // Now the channel has been compared since the last stream began.
  await leaver.closed;
  const began = Date.now();
  await until('a token ends later', () => Date.now() - began > 1_000);
  const { token = '' } = parley.service({});
  const login = { username: 'parley', password: parley.partPassword };
  const part = await mqtt.connectAsync(parley.mqttUrl, login);
  await using _part = { [Symbol.asyncDispose]: () => part.endAsync(true) };
  const topic = renewalsTopic(instanceOf(name) ?? '');
  await part.publishAsync(topic, encodeRenewal({ stream: name, token }), { qos: 1 });
  await stream.closed;
  assert.ok(!stream.text.includes('secret'));
});

test('all traffic matched the API documents', async () => {
  assert.equal(await parley.parley.end('SIGTERM'), 0);
});
