import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredRow } from '../event-row.ts';
import type { Draft } from '../store.ts';
import type { Found } from './decide.ts';
import { decide } from './decide-draft.ts';
import { numberEvent } from './number-event.ts';

const channel = Object.freeze({
  id: 1,
  epoch: 'e1',
  head: 7,
  closed: 0,
  private: 0,
  muted_until: 0,
});
const common = { channel: 'general', server: 'chat-1', at: 0 };
const change = { ...common, ref: 3, by: 'ada', admin: false };
const target: StoredRow = Object.freeze({
  seq: 3,
  kind: 'message',
  at: 0,
  username: 'ada',
  type: null,
  data: null,
  message: 'hi',
  author: 'ada',
  key: 'k',
  up: 0,
  down: 0,
  reactions: null,
  edited: null,
  deleted: 0,
  ref: null,
  server: 'chat-1',
  digest: null,
  reply_to: null,
  replies: 0,
  mentions: null,
});
const drafts: Draft[] = [
  { ...common, kind: 'message', username: 'ada', message: 'hi', author: null, key: 'k2' },
  { ...change, kind: 'vote', value: 1 },
  { ...change, kind: 'reaction', emoji: '👍', added: true },
  { ...change, kind: 'edit', message: 'ho' },
  { ...change, kind: 'delete' },
  { ...common, kind: 'close' },
];

for (const draft of drafts.map((each) => Object.freeze(each))) {
  test(`kind ${draft.kind}: a decision changes none of its arguments`, () => {
    const found: Found = Object.freeze(draft.kind === 'message' ? {} : { target });
    const { write } = decide(channel, draft, found);
    assert.ok(write);
    assert.deepEqual(decide(channel, draft, found).write, write, 'it decides the same again');
    const { appended, added, channel: after } = numberEvent(channel, draft, Object.freeze(write));
    assert.ok(appended.outcome === 'stored');
    assert.deepEqual([appended.event.seq, added.seq, after.head], [8, 8, 8]);
    assert.equal(after.closed, draft.kind === 'close' ? 1 : 0);
  });
}
