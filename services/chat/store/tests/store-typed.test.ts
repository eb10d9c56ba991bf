import assert from 'node:assert/strict';
import { accountSubject } from '@parley/contract/accounts/subject.ts';
import { encodeEvent } from '@parley/contract/events/event.ts';
import {
  AT,
  messageDraft,
  outcomes,
  page,
  STORES,
  testsOn,
} from '@parley/testkit/databases/log-stores.ts';
import type { EventDraft } from '../store.ts';

/** Keys in an order that `JSON.parse` would change, and a number that it would round. */
const DATA = String.raw`{"b":12345678901234567890,"10":[1.50,"\u0000é😀\ud800"],"9":null}`;

const event = (type: string, data: string, more: Partial<EventDraft> = {}): EventDraft => ({
  kind: 'event',
  channel: 'general',
  username: '',
  type,
  data,
  author: null,
  server: 'chat-1',
  at: AT,
  ...more,
});

for (const store of STORES) {
  const test = testsOn(store);

  test('typed events are stored between messages, with their data as it was written', async (open) => {
    const more = { username: 'omri', author: 'user:omri' };
    await open.append([
      event('sensor', DATA),
      messageDraft('general', 'hi', { data: DATA }),
      event('Order-2.shipped', '"x"', more),
    ]);
    const { events } = await page(open);
    const common = { channel: 'general', epoch: events[0]?.epoch, at: new Date(AT).toISOString() };
    const placed = (seq: number) => ({ ...common, seq, id: `${common.epoch}:${seq}` });
    assert.deepEqual(events, [
      { ...placed(1), kind: 'event', type: 'sensor', data: DATA },
      {
        ...placed(2),
        kind: 'message',
        username: 'omri',
        message: 'hi',
        data: DATA,
        up: 0,
        down: 0,
      },
      { ...placed(3), kind: 'event', type: 'Order-2.shipped', username: 'omri', data: '"x"' },
    ]);
    const [first] = events;
    assert.ok(first && encodeEvent(first).includes(DATA));
  });

  test('data of 64 KB is stored whole', async (open) => {
    const data = JSON.stringify('é'.repeat(32_000));
    await open.append([event('big', data), event('big', data)]);
    const { events } = await page(open);
    assert.deepEqual(
      events.map((stored) => 'data' in stored && stored.data === data),
      [true, true],
    );
  });

  test('a key stores a typed event once, and refuses another type or other data', async (open) => {
    const key = 'k';
    const first = event('sensor', DATA, { key });
    const [stored, replayed] = await open.append([first, first]);
    assert.deepEqual(replayed, { ...stored, outcome: 'replayed' });
    const again = await open.append([
      first,
      event('sensor', '{"10":[],"b":1}', { key }),
      event('other', DATA, { key }),
      event('sensor', DATA, { key, username: 'ada' }),
      messageDraft('general', '', { key, username: '' }),
    ]);
    const refused = Array.from({ length: 4 }, () => 'idempotency-mismatch');
    assert.deepEqual(outcomes(again), ['replayed', ...refused]);
    const draft = messageDraft('general', 'hi', { key: 'm', data: '1' });
    await open.append([draft]);
    const others = [draft, { ...draft, data: '2' }, messageDraft('general', 'hi', { key: 'm' })];
    assert.deepEqual(outcomes(await open.append(others)), [
      'replayed',
      'idempotency-mismatch',
      'idempotency-mismatch',
    ]);
  });

  test('a closed channel refuses typed events, and they can be no target of a change', async (open) => {
    const close = { channel: 'general', server: 'chat-1', at: AT, kind: 'close' } as const;
    const change = { channel: 'general', server: 'chat-1', at: AT, ref: 1, by: 'a', admin: true };
    const results = await open.append([
      event('a', '1'),
      { ...change, kind: 'delete' },
      { ...change, kind: 'vote', value: 1 },
      { ...change, kind: 'reaction', emoji: '👍', added: true },
      close,
      event('a', '2'),
    ]);
    assert.deepEqual(outcomes(results), [
      'stored',
      'not-found',
      'not-found',
      'not-found',
      'stored',
      'channel-closed',
    ]);
  });

  test('deleting a message removes its data, editing it does not', async (open) => {
    const by = 'user:omri';
    const change = { channel: 'general', server: 'chat-1', at: AT, ref: 1, by, admin: false };
    const data = async () => {
      const [message] = (await page(open)).events;
      return message && 'data' in message ? message.data : undefined;
    };
    await open.append([messageDraft('general', 'hi', { author: by, data: DATA })]);
    await open.append([{ ...change, kind: 'edit', message: 'ho' }]);
    assert.equal(await data(), DATA);
    await open.append([{ ...change, kind: 'delete' }]);
    assert.equal(await data(), undefined);
  });

  test('a post that would be refused is known without writing anything', async (open) => {
    const id = 'Ada';
    const keys = { nameKey: 'ada', email: 'a@b.c', emailKey: 'a@b.c', passwordHash: 'x' };
    await open.accounts.add({ id, username: 'Ada', ...keys, admin: false, at: 0 });
    await open.append([
      event('a', '1'),
      { kind: 'close', channel: 'shut', server: 'chat-1', at: AT },
    ]);
    const asked: [post: EventDraft, refusal: string | undefined][] = [
      [event('a', '1'), undefined],
      [event('a', '1', { username: 'ada' }), 'name-taken'],
      [event('a', '1', { username: 'Ada', author: accountSubject(id) }), undefined],
      [event('a', '1', { channel: 'shut' }), 'channel-closed'],
      [event('a', '1', { channel: 'new' }), undefined],
      [event('a', '1', { channel: 'new', username: 'ada' }), 'name-taken'],
    ];
    for (const [post, refusal] of asked) {
      assert.deepEqual(await open.preview(post, 0), { side: 'public', refusal });
    }
    assert.equal((await page(open)).head, 1);
    assert.equal((await page(open, { channel: 'new' })).head, 0);
  });
}
