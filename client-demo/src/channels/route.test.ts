import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathOfChannel, pathOfPeople, pathOfThread, routeOfPath } from './route.ts';

test('a path names the start page, a channel or nothing', () => {
  assert.deepEqual(routeOfPath('/'), { at: 'home' });
  assert.deepEqual(routeOfPath('/general'), { at: 'channel', channel: 'general' });
  assert.deepEqual(routeOfPath('/general/'), { at: 'channel', channel: 'general' });
  for (const path of ['/a/b', '/a%2Fb', '/%', '/.hidden', '/two%20words']) {
    assert.deepEqual(routeOfPath(path), { at: 'nowhere', path });
  }
});

test('the path of a channel leads to the channel, in any script', () => {
  for (const channel of ['general', 'Küche', '日本語', 'a.b-c_d']) {
    assert.deepEqual(routeOfPath(pathOfChannel(channel)), { at: 'channel', channel });
  }
});

test('a link to the start page can have a secret in its fragment', () => {
  const secret = 'aZ_-9'.repeat(8);
  for (const kind of ['invitation', 'reset']) {
    assert.deepEqual(routeOfPath('/', `#${kind}=${secret}`), {
      at: 'link',
      link: { kind, secret },
    });
  }
  for (const other of ['#reset=', '#other=x', '#reset=a b', `#reset=${'x'.repeat(65)}`])
    assert.deepEqual(routeOfPath('/', other), { at: 'home' });
});

test('a fragment of the start page opens the administration', () => {
  assert.deepEqual(routeOfPath('/', '#administration'), { at: 'administration' });
});

test('an address can name a message or a thread of the channel', () => {
  const [path, hash] = ['/general', '#42'];
  assert.equal(pathOfChannel('general', 42), path + hash);
  assert.deepEqual(routeOfPath(path, hash), { at: 'channel', channel: 'general', seq: 42 });
  const thread = pathOfThread('general', 42);
  assert.equal(thread, '/general#thread=42');
  assert.deepEqual(routeOfPath(path, '#thread=42'), {
    at: 'channel',
    channel: 'general',
    thread: 42,
  });
  for (const other of ['#', '#x', '#thread=', '#thread=x', '#1e9', '#-1', `#${'9'.repeat(16)}`])
    assert.deepEqual(routeOfPath(path, other), { at: 'channel', channel: 'general' });
});

test('the address of a channel names the dialog of its people', () => {
  const route = { at: 'channel', channel: 'plans', people: true };
  assert.deepEqual(routeOfPath('/plans', '#people'), route);
  assert.equal(pathOfPeople('plans'), '/plans#people');
});
