import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLog } from '@parley/kit/log/log.ts';
import { storeKinds } from '@parley/testkit/databases/store-kinds.ts';
import type { HookIn } from './in-store.ts';
import { openHookStore } from './open-store.ts';

const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
const settings = { storeCaFile: '', storeCertFile: '', storeKeyFile: '', storeConnections: 8 };

const HOOK: HookIn = {
  id: 'id-1',
  name: 'alerts',
  channel: 'ops',
  sender: 'auto',
  template: null,
  username: 'Älerts 😀',
  secretHash: 'h'.repeat(43),
  githubSecret: null,
  at: Date.UTC(2026, 10, 30),
  by: 'root',
  rights: ['team.*'],
};
const ROW = {
  channel: 'ops',
  username: 'alerts',
  text: '🔴 FIRING',
  resolved: false,
  round: 0,
  seq: 0,
};

for (const { name, makeUrl, options } of storeKinds()) {
  test(`${name}: hooks in and the messages of alerts are kept`, options, async (t) => {
    const storeUrl = await makeUrl(t);
    const open = () => openHookStore({ ...settings, storeUrl }, log);
    await using store = await open();
    assert.deepEqual([await store.listIn(), await store.findIn('alerts')], [[], undefined]);
    assert.equal(await store.removeIn('alerts'), false);
    assert.deepEqual(await store.putIn(HOOK), { hook: HOOK, isNew: true });

    const changed = { channel: 'other', sender: 'github' as const, githubSecret: 'hush', at: 7 };
    const put = await store.putIn({ ...HOOK, ...changed, id: 'id-2', secretHash: 'no' });
    assert.deepEqual(put, { hook: { ...HOOK, ...changed }, isNew: false });
    const upper = { ...HOOK, id: 'id-3', name: 'Alerts', template: '{{a}}' };
    assert.deepEqual(await store.putIn(upper), { hook: upper, isNew: true });
    await using again = await open();
    assert.deepEqual(await again.listIn(), [upper, { ...HOOK, ...changed }]);

    assert.deepEqual(await store.beginAlert('id-1', 'e', ROW, 1), ROW);
    const kept = await again.beginAlert('id-1', 'e', { ...ROW, text: 'later', resolved: true }, 2);
    assert.deepEqual(kept, ROW, 'the first row counts');
    const save = (round: number, resolved: boolean, seq: number) =>
      again.saveAlert('id-1', 'e', { round, resolved, seq }, 3);
    const found = () => store.beginAlert('id-1', 'e', { ...ROW, text: 'other' }, 4);
    await save(0, true, 12);
    await save(0, false, 12);
    const resolved = { ...ROW, resolved: true, seq: 12 };
    assert.deepEqual(await found(), resolved, 'a resolved alert does not fire again');
    const second = { ...ROW, channel: 'moved', text: '🟢 RESOLVED', resolved: true, round: 1 };
    assert.deepEqual(await again.beginAlert('id-1', 'e', second, 3), second);
    assert.deepEqual(
      await store.beginAlert('id-1', 'e', { ...second, text: 'later' }, 3),
      second,
      'the first row of a round counts',
    );
    await save(0, true, 13);
    assert.deepEqual(await found(), second, 'an earlier round changes nothing');
    await save(1, true, 14);
    assert.deepEqual(await found(), { ...second, seq: 14 });

    assert.deepEqual(await store.beginAlert('id-3', 'e', ROW, 4), ROW, 'of another hook');
    await store.forgetAlerts(3);
    assert.deepEqual(await found(), { ...second, seq: 14 });
    await store.forgetAlerts(4);
    assert.deepEqual(await store.beginAlert('id-1', 'e', ROW, 5), ROW);

    assert.equal(await store.removeIn('alerts'), true);
    assert.deepEqual(await store.listIn(), [upper]);
    const anew = { ...HOOK, id: 'id-4' };
    const racing = await Promise.all([store.putIn(anew), again.putIn({ ...anew, id: 'id-5' })]);
    assert.equal(racing.filter((one) => one !== 'full' && one.isNew).length, 1);
    assert.equal((await store.listIn()).length, 2);
  });
}
