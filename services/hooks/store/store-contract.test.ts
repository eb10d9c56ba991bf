import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLog } from '@parley/kit/log/log.ts';
import { storeKinds } from '@parley/testkit/databases/store-kinds.ts';
import { openHookStore } from './open-store.ts';
import { FAILURES_MAX, type HookDraft, type HookPosition, type PutOptions } from './store.ts';

const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
const settings = { storeCaFile: '', storeCertFile: '', storeKeyFile: '', storeConnections: 4 };
const open = (storeUrl: string) => openHookStore({ ...settings, storeUrl }, log);

const draft = (name: string, more: Partial<HookDraft> = {}): HookDraft => ({
  name,
  url: 'https://example.org/a',
  channels: ['team.*'],
  kinds: ['message'],
  secret: undefined,
  rights: { public: null, private: [] },
  by: 'account:1',
  byName: 'ana',
  at: 1_700_000_000_000,
  ...more,
});
const fresh: PutOptions = { expected: undefined, newSecret: 'whsec_new', start: [], drop: [] };
const at = (channel: string, seq: number, more: Partial<HookPosition> = {}): HookPosition => ({
  channel,
  epoch: 'e1',
  seq,
  at: 1_000 + seq,
  since: 0,
  tries: 0,
  retryAt: 0,
  reason: '',
  ...more,
});

for (const { name, makeUrl, options } of storeKinds()) {
  test(`${name}: hooks, leases, positions and set-aside events`, options, async (t) => {
    const url = await makeUrl(t);
    await using store = await open(url);
    await using other = await open(url);
    assert.deepEqual(await store.list(), []);

    const start = [{ channel: 'team.a', epoch: 'e1', seq: 7, at: 1_007 }];
    const made = await store.put(draft('one'), { ...fresh, start });
    assert.ok(typeof made === 'object' && made.isNew);
    const { hook } = made;
    assert.equal(hook.secret, 'whsec_new');
    assert.equal(await store.put(draft('one'), fresh), 'changed-meanwhile');
    const changed = await store.put(draft('one', { url: 'https://example.org/b' }), {
      ...fresh,
      expected: hook,
      newSecret: 'whsec_other',
    });
    assert.ok(typeof changed === 'object' && !changed.isNew);
    assert.equal(changed.hook.secret, 'whsec_new', 'a hook keeps its secret');
    assert.equal(changed.hook.version, 2);
    assert.deepEqual(await other.find('one'), changed.hook);
    assert.deepEqual(await store.positions(hook.id, ['team.a', 'none']), [at('team.a', 7)]);

    const [mine, theirs] = ['one', 'two'].map((holder) => ({ hookId: hook.id, holder }));
    assert.ok(mine && theirs);
    assert.deepEqual(await store.hold('one'), [changed.hook]);
    assert.deepEqual(await other.hold('two'), [], 'another has the lease');
    assert.equal(await store.save(mine, [at('team.a', 8), at('team.Ä', 1)]), true);
    assert.equal(await other.save(theirs, [at('team.a', 9)]), false);
    const failing = at('team.b', 3, { since: 5, tries: 2, retryAt: 9, reason: 'answered 500' });
    assert.equal(await store.save(mine, [failing]), true);
    assert.deepEqual(await other.failing(hook.id, 10), [failing]);
    const first = await store.positionsAfter(hook.id, '', 2);
    assert.deepEqual(
      [...first, ...(await store.positionsAfter(hook.id, first[1]?.channel ?? '', 2))],
      [at('team.a', 8), failing, at('team.Ä', 1)],
    );

    const failure = { channel: 'team.b', epoch: 'e1', seq: 4, kind: 'message', at: 10, tries: 3 };
    const reason = 'answered 500';
    assert.equal(await store.setAside(mine, { ...failure, reason }, at('team.b', 4)), true);
    assert.equal(await store.setAside(theirs, { ...failure, reason }, at('team.b', 4)), false);
    const [listed, ...more] = await other.failures(hook.id, 0, 10);
    assert.deepEqual({ ...listed, id: 0 }, { id: 0, ...failure, reason });
    assert.deepEqual(more, []);
    assert.deepEqual(await other.failures(hook.id, listed?.id ?? 0, 10), []);
    assert.deepEqual(await store.failing(hook.id, 10), []);
    assert.equal((await store.find('one'))?.setAside, 1);
    assert.ok(FAILURES_MAX > 1);

    assert.equal(await store.positionOfLog(hook.id, 'none'), undefined);
    assert.equal(await store.save(mine, [at('team.c', 3, { epoch: 'e3' })]), true);
    const ofLog = await other.positionOfLog(hook.id, 'e3');
    assert.equal(ofLog?.channel, 'team.c');
    assert.equal(await other.move(theirs, 'team.c', 'team.a'), false);
    assert.equal(await store.move(mine, 'team.c', 'team.a'), true);
    assert.deepEqual(await store.positions(hook.id, ['team.a', 'team.c']), [
      at('team.a', 3, { epoch: 'e3' }),
    ]);

    await store.release('one');
    assert.equal((await other.hold('two')).length, 1, 'a released lease is free at once');
    assert.equal(await store.save(mine, [at('team.a', 99)]), false, 'the old holder is refused');
    assert.equal(await other.end(theirs, 'gone'), true);
    assert.deepEqual(await other.hold('two'), [], 'an ended hook is not delivered');
    const ended = await store.find('one');
    assert.deepEqual([ended?.state, ended?.why], ['ended', 'gone']);
    const again = await store.put(draft('one'), { ...fresh, expected: ended, drop: 'all' });
    assert.ok(typeof again === 'object');
    assert.equal(again.hook.state, 'active');
    assert.deepEqual(await store.positionsAfter(hook.id, '', 10), []);

    assert.equal(await store.remove('one'), true);
    assert.equal(await store.remove('one'), false);
    assert.deepEqual(await store.failures(hook.id, 0, 10), []);
    await store.check();
  });
}
