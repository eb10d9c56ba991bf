import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { post } from '@parley/testkit/clients/post.ts';
import { metric } from '@parley/testkit/metric.ts';
import { until } from '@parley/testkit/until.ts';
import { newcomer } from '../accounts/account-deployments.ts';
import { openHooksDeployment } from './hooks-deployment.ts';

const { deployments, administrator, send, hook, see } = openHooksDeployment({
  HOOKS_RETRY_SECONDS: '2',
});

const say = (channel: string, message: string) => post(deployments.url, channel, message);

test('an event that is refused for too long is set aside and listed, and its channel goes on', async () => {
  const { name, receiver } = await hook({ channels: ['aside'] });
  receiver.answer = ({ message = '' }) => (message.startsWith('bad') ? 400 : 204);
  const bad = await say('aside', 'bad');
  await say('aside', 'good');
  await say('aside', 'bad again');
  await say('aside', 'last');
  await until('the last came', () => receiver.accepted().length === 2);
  const { failures, next } = (await send('GET', `/hooks/${name}/failures`)).body as {
    failures: { id: number; event: string; seq: number; tries: number; reason: string }[];
    next: number | null;
  };
  assert.deepEqual(
    failures.map(({ seq, reason }) => [seq, reason]),
    [
      [1, 'answered 400'],
      [3, 'answered 400'],
    ],
  );
  assert.equal(failures[0]?.event, bad.id);
  assert.ok((failures[0]?.tries ?? 0) > 1, 'it was tried again');
  assert.equal(next, null);
  const page = await send('GET', `/hooks/${name}/failures?limit=1`);
  assert.equal(page.body.next, failures[0]?.id);
  const { setAside, failing } = await see(name);
  assert.deepEqual([setAside, failing], [2, []]);
  assert.equal(await metric(deployments.url, 'parley_hook_set_aside_total'), 2);
  assert.equal(await metric(deployments.url, 'parley_hook_oldest_seconds'), 0);
});

test('Retry-After is respected, and an answer that does not end holds up nothing', async () => {
  const { receiver } = await hook({ channels: ['later'] });
  const askedAt: number[] = [];
  receiver.answer = (_event, response) => {
    askedAt.push(performance.now());
    if (askedAt.length === 1) {
      response.writeHead(503, { 'Retry-After': '2' }).end();
      return undefined;
    }
    // 200, and a body without an end.
    response.writeHead(200).write('x');
    return undefined;
  };
  await say('later', 'one');
  await say('later', 'two');
  await until('both were accepted', () => askedAt.length === 3);
  const [first = 0, second = 0, third = 0] = askedAt;
  assert.ok(second - first >= 1_900, `tried again after ${second - first} ms`);
  assert.ok(third - second < 2_000, `the next came after ${third - second} ms`);
});

test('a private channel is delivered only by its name, and only while the administrator is a member', async () => {
  const { browser, name } = await administrator();
  const byPattern = await hook({ channels: ['**'] });
  const byName = await hook({ channels: ['vault'] });
  const access = await browser.send('PUT', '/chat/vault/access', { private: true });
  assert.equal(access.status, 200, JSON.stringify(access.body));
  const member = await newcomer(deployments.url);
  assert.ok((await browser.send('PUT', `/chat/vault/members/${member.name}`)).status < 300);
  const tell = async (message: string) =>
    assert.equal((await member.browser.send('POST', '/chat/vault', { message })).status, 201);
  await tell('one');
  await until('it came', () => byName.receiver.accepted().length === 1);
  assert.equal((await browser.send('DELETE', `/chat/vault/members/${name}`)).status, 204);
  await tell('two');
  await say('plaza', 'for all');
  await until('it came', () => byPattern.receiver.accepted('plaza').length === 1);
  assert.equal(byName.receiver.accepted().length, 1);
  assert.ok((await browser.send('PUT', `/chat/vault/members/${name}`)).status < 300);
  await tell('three');
  await until('all came', () => byName.receiver.accepted().length === 3);
  assert.deepEqual(byPattern.receiver.accepted('vault'), []);
});

test('a channel that is deleted and made anew is delivered from its first event', async () => {
  const { browser } = await administrator();
  for (const text of ['one', 'two']) await say('again', text);
  const { receiver } = await hook({ channels: ['again'] });
  await say('again', 'three');
  await until('it came', () => receiver.accepted().length === 1);
  const deleted = await browser.send('DELETE', '/chat/again');
  assert.ok(deleted.status < 300, JSON.stringify(deleted.body));
  for (const text of ['new one', 'new two', 'new three', 'new four']) await say('again', text);
  await until('all came', () => receiver.accepted().length === 5);
  assert.deepEqual(
    receiver.received.map(({ message }) => message),
    ['three', 'new one', 'new two', 'new three', 'new four'],
  );
});

test('a channel that is renamed while it is delivered is sent in order and once', async () => {
  const { browser } = await administrator();
  const { receiver } = await hook({ channels: ['busy.*'] });
  const held: ServerResponse[] = [];
  receiver.answer = ({ message }, response) => {
    if (message !== '3') return 204;
    held.push(response);
    return undefined;
  };
  for (let i = 1; i <= 6; i++) await say('busy.one', `${i}`);
  await until('the third is on its way', () => held.length === 1);
  const renamed = await browser.send('PUT', '/chat/busy.one/name', { name: 'busy.two' });
  assert.equal(renamed.status, 200);
  await say('busy.two', '7');
  await say('busy.other', 'later');
  await until('a later event came', () => receiver.accepted('busy.other').length === 1);
  receiver.answer = () => 204;
  for (const response of held) response.writeHead(204).end();
  const texts = () => receiver.received.map(({ message }) => message).filter((m) => m !== 'later');
  await until('the last came', () => texts().includes('7'));
  assert.deepEqual(texts(), ['1', '2', '3', '4', '5', '6', '7']);
});

test('a channel that is renamed into a pattern is delivered from when the hook was made', async () => {
  const { browser } = await administrator();
  for (const text of ['old', 'older']) await say('attic', text);
  const { receiver } = await hook({ channels: ['house.*'] });
  await say('attic', 'new');
  const renamed = await browser.send('PUT', '/chat/attic/name', { name: 'house.attic' });
  assert.equal(renamed.status, 200);
  await say('house.attic', 'newer');
  await until('both came', () => receiver.accepted().length >= 2);
  const texts = receiver.received.map(({ message }) => message);
  assert.deepEqual(texts, ['new', 'newer']);
});

test('a channel that is renamed is delivered under its new name, on from where it was', async () => {
  const { browser } = await administrator();
  const { receiver } = await hook({ channels: ['was.*', 'is.*'] });
  for (const text of ['one', 'two']) await say('was.here', text);
  await until('both came', () => receiver.accepted().length === 2);
  const renamed = await browser.send('PUT', '/chat/was.here/name', { name: 'is.here' });
  assert.equal(renamed.status, 200, JSON.stringify(renamed.body));
  await say('is.here', 'three');
  await until('it came', () => receiver.accepted().length === 3);
  const back = await browser.send('PUT', '/chat/is.here/name', { name: 'was.here' });
  assert.equal(back.status, 200, JSON.stringify(back.body));
  await say('was.here', 'four');
  await until('it came', () => receiver.accepted().length === 4);
  assert.deepEqual(
    receiver.received.map(({ channel, message }) => [channel, message]),
    [
      ['was.here', 'one'],
      ['was.here', 'two'],
      ['is.here', 'three'],
      ['was.here', 'four'],
    ],
  );
});

test('a receiver that does not answer is given up after 15 s', async () => {
  const { name, receiver } = await hook({ channels: ['silent'] });
  receiver.answer = () => undefined;
  await say('silent', 'one');
  const reason = async () => (await see(name)).failing[0]?.reason;
  await until('it failed', async () => (await reason()) !== undefined, 30_000);
  assert.equal(await reason(), 'no answer within 15 s');
  receiver.answer = () => 204;
  await until('it came', () => receiver.accepted().length === 1);
});
