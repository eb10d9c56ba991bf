import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { metric } from '@parley/testkit/metric.ts';
import { until } from '@parley/testkit/until.ts';
import {
  type Client,
  makePrivate,
  type PrivateDeployment,
  say,
  startPrivate,
} from './deployment.ts';

const stack = new AsyncDisposableStack();
const deployments: [string, PrivateDeployment][] = [];

before(async () => {
  for (const AUTH of ['open', 'required']) {
    deployments.push([AUTH, stack.use(await startPrivate({ AUTH }))]);
  }
});
after(() => stack.disposeAsync());

/** Runs a test in open mode and with AUTH=required. */
function inBoth(what: string, body: (parley: PrivateDeployment) => Promise<void>): void {
  test(what, async () => {
    for (const [, parley] of deployments) await body(parley);
  });
}

const textsOf = async (client: Client, channel: string) => {
  const { body } = await client.ask('GET', `/chat/${channel}/events`);
  return ((body?.events ?? []) as { message: string }[]).map(({ message }) => message);
};

/** How long a cut may take: less than until access is compared with the log again. */
const CUT_MS = 2_500;

/** Rejects after that time. */
const tooLate = () =>
  delay(CUT_MS, undefined, { ref: false }).then(() => assert.fail('not cut in time'));

inBoth('members of a private channel read it and post in it on every way', async (parley) => {
  const [ada, bob] = [await parley.account(), await parley.account()];
  await makePrivate('board', ada, bob);
  using early = new EventReader(parley.url, 'board', '', bob.headers);
  await early.greeted();
  using socket = new SocketReader(parley.url, 'board', '', ada.headers);
  await socket.receivedFrame('hello');
  using many = new StreamText(
    parley.url,
    '?channel=lobby&channel=board',
    bob.headers,
    '/broadcast',
  );
  using pattern = new StreamText(parley.url, '?channel=**', bob.headers, '/broadcast');
  using several = new SocketReader(parley.url, undefined, '', bob.headers);
  await several.receivedFrame('hello');
  several.send({ type: 'subscribe', channel: 'board' });
  await several.receivedFrame('subscribed');
  await until('the streams have begun', () =>
    [many, pattern].every(({ text }) => text.includes('event: hello')),
  );
  await say('board', ada, 'one');
  socket.send({ type: 'message', message: 'two', key: 'k' });
  await socket.receivedFrame('ack');
  await ada.ask('POST', '/chat/board', { type: 'typing', data: 'three', store: false });
  await early.received(2);
  await socket.received(2);
  await several.received(2);
  for (const { text } of [many, pattern]) assert.ok(text.includes('event: hello'));
  for (const stream of [many, pattern]) {
    await until('all events and the signal arrive', () =>
      ['one', 'two', 'three'].every((word) => stream.text.includes(`"${word}"`)),
    );
  }
  assert.deepEqual(await textsOf(bob, 'board'), ['one', 'two']);
  const { body } = await bob.ask('GET', '/chat?channel=board');
  assert.deepEqual(
    ((body?.channels ?? []) as { channel: string; private: boolean }[]).map((one) => [
      one.channel,
      one.private,
    ]),
    [['board', true]],
  );
  assert.deepEqual((await bob.ask('GET', '/chat/board/access')).body, {
    channel: 'board',
    private: true,
    members: [ada.name, bob.name].sort(),
  });
  for (const path of ['/chat/board/search?q=two', '/search?q=two']) {
    const found = await bob.ask('GET', path);
    assert.deepEqual(
      ((found.body?.results ?? []) as { message: string }[]).map(({ message }) => message),
      ['two'],
    );
  }
  const presence = await bob.ask('GET', '/broadcast/board/presence');
  assert.deepEqual(presence.body?.here, [ada.name, bob.name].sort());
});

inBoth('a removed member is cut off at once, and the others read on', async (parley) => {
  const [ada, bob] = [await parley.account(), await parley.account()];
  const channel = 'cut';
  await makePrivate(channel, ada, bob);
  await say(channel, ada, 'before');
  using kept = new EventReader(parley.url, channel, '', ada.headers);
  using sse = new StreamText(parley.url, `${channel}?last=9`, bob.headers);
  using socket = new SocketReader(parley.url, channel, '', bob.headers);
  using many = new StreamText(
    parley.url,
    `?channel=${channel}&channel=lobby&last=9`,
    bob.headers,
    '/broadcast',
  );
  using pattern = new StreamText(parley.url, '?channel=**&last=9', bob.headers, '/broadcast');
  using several = new SocketReader(parley.url, undefined, '', bob.headers);
  await several.receivedFrame('hello');
  several.send({ type: 'subscribe', channel, last: 9 });
  await several.received(1);
  await kept.greeted();
  await socket.receivedFrame('hello');
  await until('the streams have the past', () =>
    [sse, many, pattern].every(({ text }) => text.includes('before')),
  );
  const removing = ada.ask('DELETE', `/chat/${channel}/members/${bob.name}`);
  const began = performance.now();
  assert.equal((await removing).status, 204);
  await Promise.race([Promise.all([sse.closed, socket.closed]), tooLate()]);
  await until(
    'the streams of many channels leave it out',
    () =>
      [many, pattern].every(({ text }) => text.includes('"forbidden"')) &&
      several.answers('reset').length > 0,
    CUT_MS,
  );
  assert.ok(performance.now() - began < CUT_MS);
  await say(channel, ada, 'after');
  await kept.received(1);
  assert.deepEqual(await textsOf(bob, channel), []);
  assert.equal((await bob.ask('POST', `/chat/${channel}`, { message: 'x' })).status, 404);
  for (const { text } of [sse, many, pattern]) assert.ok(!text.includes('after'));
  assert.ok(!several.texts.join().includes('after'));
});

inBoth('a channel that becomes private is gone for all others at once', async (parley) => {
  const [ada, bob] = [await parley.account(), await parley.account()];
  const channel = 'switched';
  await say(channel, ada, 'public');
  using outside = new StreamText(parley.url, `${channel}?last=9`, bob.headers);
  using many = new StreamText(parley.url, `?channel=${channel}&last=9`, bob.headers, '/broadcast');
  using own = new StreamText(parley.url, `?channel=${channel}&last=9`, ada.headers, '/broadcast');
  await until('all read', () => [outside, many, own].every(({ text }) => text.includes('public')));
  assert.equal((await bob.ask('PUT', `/chat/${channel}/access`, { private: true })).status, 403);
  await makePrivate(channel, ada);
  using late = new StreamText(parley.url, `${channel}?last=9`, bob.headers);
  await until('the late reader has begun', () => late.text.includes('event: presence'));
  assert.ok(late.text.includes('"epoch":null'));
  await Promise.race([outside.closed, tooLate()]);
  await until('the other left it out', () => many.text.includes('"forbidden"'), CUT_MS);
  await say(channel, ada, 'secret');
  await until('the member reads on', () => own.text.includes('secret'));
  for (const { text } of [outside, many, late]) assert.ok(!text.includes('secret'));
  assert.ok(!late.text.includes('public'));
  assert.deepEqual(await textsOf(bob, channel), []);
  const opened = await ada.ask('PUT', `/chat/${channel}/access`, { private: false });
  assert.equal(opened.body?.private, false);
  assert.deepEqual(await textsOf(bob, channel), ['public', 'secret']);
});

inBoth('a new member reads the channel in streams that were open before', async (parley) => {
  const [ada, bob] = [await parley.account(), await parley.account()];
  const channel = 'added';
  await makePrivate(channel, ada);
  await say(channel, ada, 'first');
  using many = new StreamText(
    parley.url,
    `?channel=${channel}&channel=lobby`,
    bob.headers,
    '/broadcast',
  );
  using pattern = new StreamText(parley.url, '?channel=add*', bob.headers, '/broadcast');
  using reader = new EventReader(parley.url, channel, '', bob.headers);
  await reader.greeted();
  await until('they have begun', () =>
    [many, pattern].every(({ text }) => text.includes('event: hello')),
  );
  assert.ok(many.text.includes('"epoch":null'));
  assert.ok(!pattern.text.includes(channel));
  assert.equal((await ada.ask('PUT', `/chat/${channel}/members/${bob.name}`)).status, 204);
  await reader.greeted(2);
  await say(channel, ada, 'second');
  for (const stream of [many, pattern]) {
    await until('the event arrives', () => stream.text.includes('second'));
  }
  await reader.received(1);
});

inBoth(
  'a new member learns of its channel from its stream and finds it in its list',
  async (parley) => {
    const [ada, bob, eve] = [
      await parley.account(),
      await parley.account(),
      await parley.account(),
    ];
    using stream = new StreamText(parley.url, '?channel=**', bob.headers, '/broadcast');
    using others = new StreamText(parley.url, '?channel=**', eve.headers, '/broadcast');
    await Promise.all([stream.name(), others.name()]);
    await makePrivate('entered', ada, bob);
    const joins = (channel: string) =>
      until(`the stream has the signal of ${channel}`, () =>
        stream.text.includes(`{"channel":"${channel}","kind":"signal","type":"access",`),
      );
    await joins('entered');
    const { body } = await ada.ask('POST', '/direct', { with: [bob.name] });
    const direct = String(body?.channel);
    await joins(direct);
    const listed = async (client: Client) => {
      const answer = await client.ask('GET', '/chat?private=1&unread=0');
      const channels = (answer.body?.channels ?? []) as { channel: string; people?: string[] }[];
      return channels.map(({ channel, people }) => [channel, people]);
    };
    const withPerson = ({ name }: Client) => [
      [direct, [name]],
      ['entered', undefined],
    ];
    assert.deepEqual(await listed(bob), withPerson(ada));
    assert.deepEqual(await listed(ada), withPerson(bob));
    for (const client of [eve, parley.guest, parley.service({})]) {
      assert.ok(!JSON.stringify(await listed(client)).includes('direct-'));
    }
    assert.ok(!others.text.includes('"signal"'));
    const refused = await ada.ask('POST', '/chat/entered', { type: 'access', store: false });
    assert.equal(refused.body?.code, 'invalid-type', 'no client sends such a signal');
  },
);

inBoth('who may change who enters is in the answer', async (parley) => {
  const [ada, bob] = [await parley.account(), await parley.account()];
  await makePrivate('changed', ada, bob);
  const { body } = await ada.ask('POST', '/direct', { with: [bob.name] });
  const mayChange = async (client: Client, channel: string) =>
    (await client.ask('GET', `/chat/${channel}/access`)).body?.mayChange;
  assert.equal(await mayChange(ada, 'changed'), true);
  assert.equal(await mayChange(bob, 'changed'), undefined);
  assert.equal(await mayChange(ada, String(body?.channel)), undefined);
});

inBoth('a stream of many channels asks about all of them in a few requests', async (parley) => {
  const ada = await parley.account();
  await makePrivate('asked-99', ada);
  await say('asked-99', ada, 'first');
  const asked = () => metric(parley.url, 'parley_log_queries_total{kind="channels"}');
  const before = await asked();
  const names = Array.from({ length: 100 }, (_, i) => `channel=asked-${i}`);
  using many = new StreamText(parley.url, `?${names.join('&')}&last=9`, ada.headers, '/broadcast');
  await until('the private one is read, too', () => many.text.includes('"first"'));
  assert.ok((await asked()) - before < 20);
});

inBoth('a name that is far too long is no member, and is not repeated', async (parley) => {
  const ada = await parley.account();
  await makePrivate('named', ada);
  const name = 'x'.repeat(3_000);
  for (const method of ['PUT', 'DELETE']) {
    const { status, body } = await ada.ask(method, `/chat/named/members/${name}`);
    assert.equal(status, 404);
    assert.ok(!JSON.stringify(body?.detail).includes(name));
  }
});

inBoth('POST /direct answers the one channel of its people', async (parley) => {
  const [ada, bob, cyd] = [await parley.account(), await parley.account(), await parley.account()];
  const asked = await Promise.all([
    ada.ask('POST', '/direct', { with: [bob.name] }),
    bob.ask('POST', '/direct', { with: [ada.name] }),
    bob.ask('POST', '/direct', { with: [ada.name, bob.name, ada.name] }),
  ]);
  const [first] = asked;
  assert.deepEqual(asked.map(({ status }) => status).sort(), [200, 200, 201]);
  assert.equal(new Set(asked.map(({ body }) => body?.channel)).size, 1);
  assert.deepEqual(first?.body?.members, [ada.name, bob.name].sort());
  const channel = String(first?.body?.channel);
  await say(channel, ada, 'psst');
  assert.deepEqual(await textsOf(bob, channel), ['psst']);
  assert.deepEqual(await textsOf(cyd, channel), []);
  const three = await cyd.ask('POST', '/direct', { with: [bob.name, ada.name] });
  assert.notEqual(three.body?.channel, channel);
  for (const [method, path, body] of [
    ['PUT', 'access', { private: false }],
    ['PUT', `members/${cyd.name}`, undefined],
    ['DELETE', `members/${ada.name}`, undefined],
  ] as const) {
    assert.equal((await ada.ask(method, `/chat/${channel}/${path}`, body)).status, 403);
  }
  assert.equal((await ada.ask('POST', '/direct', { with: ['unknown'] })).status, 404);
  assert.equal((await ada.ask('POST', '/direct', { with: [] })).status, 400);
  assert.equal((await parley.guest.ask('POST', '/direct', { with: [ada.name] })).status, 401);
  assert.equal((await parley.service({}).ask('POST', '/direct', { with: [ada.name] })).status, 403);
});

inBoth(
  'a token with patterns reads private channels, unless its claim refuses it',
  async (parley) => {
    const ada = await parley.account();
    await makePrivate('team.board', ada);
    await say('team.board', ada, 'secret');
    for (const [claims, texts] of [
      [{}, ['secret']],
      [{ subscribe: ['team.*'] }, ['secret']],
      [{ private: false }, []],
    ] as const) {
      const service = parley.service(claims as object);
      assert.deepEqual(await textsOf(service, 'team.board'), texts);
      using stream = new StreamText(parley.url, 'team.board?last=9', service.headers);
      await until('it has begun', () => stream.text.includes('event: presence'));
      assert.equal(stream.text.includes('secret'), texts.length > 0);
    }
  },
);

inBoth(
  'the most recent channels of an account are public and private ones, each once',
  async (parley) => {
    const [ada, bob] = [await parley.account(), await parley.account()];
    for (const channel of ['r1', 'r2', 'r3', 'r4']) await say(channel, bob, 'hi');
    await makePrivate('r5', ada, bob);
    await say('r5', ada, 'hi');
    await say('r2', bob, 'again');
    const { body } = await ada.ask('GET', '/chat?order=recent&limit=4&channel=r1');
    const names = ((body?.channels ?? []) as { channel: string }[]).map(({ channel }) => channel);
    assert.deepEqual(names, ['r2', 'r5', 'r4', 'r3']);
  },
);

test('all traffic matched the API documents', async () => {
  for (const [, { parley }] of deployments) assert.equal(await parley.end('SIGTERM'), 0);
});
