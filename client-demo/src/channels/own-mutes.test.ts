import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnMutes } from './own-mutes.ts';

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

test('a mute ends by itself when its time is over', async () => {
  const ended: string[] = [];
  const done = Promise.withResolvers<void>();
  const mutes = new OwnMutes(() => {
    ended.push(['a', 'b', 'c'].map((name) => (mutes.until(name) ? name : '')).join(''));
    if (ended.length === 2) done.resolve();
  });
  mutes.change({ channel: 'a', until: inMs(20) });
  mutes.change({ channel: 'c', until: inMs(1e10) });
  mutes.change({ channel: 'b', until: inMs(60) });
  await done.promise;
  assert.deepEqual(ended, ['bc', 'c']);
});
