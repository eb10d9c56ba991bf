import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent } from '@parley/contract/events/event.ts';
import { encodeEventFrame } from '@parley/contract/streams/sse.ts';
import type { EventLog } from './event-log.ts';
import { LogPages } from './log-pages.ts';

const EPOCH = 'e1';
const MANY = 1e9;

function event(seq: number, bytes = 0): ChatEvent {
  return {
    channel: 'general',
    epoch: EPOCH,
    seq,
    id: `${EPOCH}:${seq}`,
    kind: 'message',
    at: '2018-02-25T14:00:51.000Z',
    username: 'omri',
    message: 'm'.repeat(bytes),
    up: 0,
    down: 0,
  };
}

/**
 * A log of `count` events that records its queries; events before `first` are no longer kept. A page
 * has at most `most` events.
 */
function openLog(count: number, { first = 1, bytes = 0, most = MANY } = {}) {
  const events = Array.from({ length: count }, (_, i) => event(i + 1, bytes));
  const state = { asked: [] as number[], away: false, slow: false, live: true };
  const held: (() => void)[] = [];
  const log: EventLog = {
    async after(channel, after, limit) {
      state.asked.push(after);
      if (state.away) throw new Error('chat is away');
      if (state.slow) await new Promise<void>((resolve) => held.push(resolve));
      const kept = events.filter(({ seq }) => seq > after && seq >= first);
      const page = kept.slice(0, Math.min(limit, most));
      const next = page.length < kept.length ? (page.at(-1)?.seq ?? null) : null;
      return { channel, epoch: EPOCH, head: count, events: page, next };
    },
    newest: () => assert.fail('not asked here'),
    heads: () => assert.fail('not asked here'),
  };
  return { events, state, held, pages: new LogPages(log, () => state.live) };
}

const at = (seq: number, epoch = EPOCH) => ({ epoch, seq });
const whole = { maxBytes: MANY, upTo: Number.MAX_SAFE_INTEGER };
const framesOf = (events: ChatEvent[]) => events.map(encodeEventFrame).join('');

test('the events after a position are framed, up to the end of their page', async () => {
  const { events, pages } = openLog(1_200);
  for (const [seq, last] of [
    [0, 500],
    [499, 500],
    [500, 1_000],
    [777, 1_000],
    [1_199, 1_200],
  ] as const) {
    const chunk = await pages.after('general', at(seq), {
      maxBytes: MANY,
      upTo: Number.MAX_SAFE_INTEGER,
    });
    assert.equal(chunk?.last, last);
    assert.equal(String(chunk?.bytes), framesOf(events.slice(seq, last)));
  }
});

test('events above `upTo` are left out', async () => {
  const { events, pages } = openLog(1_200);
  const chunk = await pages.after('general', at(600), { maxBytes: MANY, upTo: 603 });
  assert.equal(chunk?.last, 603);
  assert.equal(String(chunk?.bytes), framesOf(events.slice(600, 603)));
});

test('a reader that continues from chunk to chunk gets the whole log once', async () => {
  const { events, pages } = openLog(1_200);
  const got: string[] = [];
  for (let seq = 0; seq < 1_200; ) {
    const chunk = await pages.after('general', at(seq), {
      maxBytes: 10_000,
      upTo: Number.MAX_SAFE_INTEGER,
    });
    assert.ok(chunk && chunk.bytes.length <= 10_000);
    got.push(String(chunk.bytes));
    seq = chunk.last;
  }
  assert.equal(got.join(''), framesOf(events));
});

test('a hundred readers at one position at the same time cost one query', async () => {
  const { pages, state } = openLog(300);
  const asked = Array.from({ length: 100 }, () =>
    pages.after('general', at(0), { maxBytes: MANY, upTo: Number.MAX_SAFE_INTEGER }),
  );
  for (const chunk of await Promise.all(asked)) assert.equal(chunk?.last, 300);
  assert.deepEqual(state.asked, [0]);
});

test('readers at different positions in a page share it, at the same time and later', async () => {
  const { pages, state } = openLog(1_200);
  await Promise.all(
    [501, 502, 999].map((seq) =>
      pages.after('general', at(seq), { maxBytes: MANY, upTo: Number.MAX_SAFE_INTEGER }),
    ),
  );
  await pages.after('general', at(750), { maxBytes: MANY, upTo: Number.MAX_SAFE_INTEGER });
  assert.deepEqual(state.asked, [500]);
});

test('a reader of long events, whose pages end early, causes one query for each page', async () => {
  const { events, pages, state } = openLog(700, { bytes: 1_000, most: 60 });
  const got: string[] = [];
  for (let seq = 250; seq < 680; ) {
    const chunk = await pages.after('general', at(seq), { maxBytes: 10_000, upTo: 680 });
    got.push(String(chunk?.bytes));
    seq = chunk?.last ?? MANY;
  }
  assert.equal(got.join(''), framesOf(events.slice(250, 680)));
  assert.deepEqual(state.asked, [0, 250, 310, 370, 430, 490, 500, 560, 620]);
});

test('another channel has pages of its own', async () => {
  const { pages, state } = openLog(500);
  await pages.after('general', at(0), { maxBytes: MANY, upTo: Number.MAX_SAFE_INTEGER });
  await pages.after('other', at(0), { maxBytes: MANY, upTo: Number.MAX_SAFE_INTEGER });
  assert.deepEqual(state.asked, [0, 0]);
});

test('a page that may still grow is asked for again', async () => {
  const { pages, state } = openLog(700);
  for (let i = 0; i < 2; i++)
    assert.equal(
      (await pages.after('general', at(600), { maxBytes: MANY, upTo: Number.MAX_SAFE_INTEGER }))
        ?.last,
      700,
    );
  assert.deepEqual(state.asked, [500, 500]);
});

test('a position before the oldest kept event gives undefined, a later one in that page gives its events', async () => {
  const { pages, events } = openLog(700, { first: 50 });
  assert.equal(
    await pages.after('general', at(48), { maxBytes: MANY, upTo: Number.MAX_SAFE_INTEGER }),
    undefined,
  );
  const chunk = await pages.after('general', at(49), {
    maxBytes: MANY,
    upTo: Number.MAX_SAFE_INTEGER,
  });
  assert.equal(String(chunk?.bytes).startsWith(framesOf(events.slice(49, 50))), true);
});

test('a position at or beyond the end, or of another epoch, has nothing after it', async () => {
  const { pages } = openLog(700);
  for (const place of [at(700), at(701), at(5_000), at(3, 'e2')]) {
    assert.equal(
      await pages.after('general', place, { maxBytes: MANY, upTo: Number.MAX_SAFE_INTEGER }),
      undefined,
    );
  }
});

test('a failed query fails for every reader that waits, and the next reader asks again', async () => {
  const { pages, state } = openLog(300);
  state.away = true;
  const asked = [
    pages.after('general', at(0), { maxBytes: MANY, upTo: Number.MAX_SAFE_INTEGER }),
    pages.after('general', at(1), { maxBytes: MANY, upTo: Number.MAX_SAFE_INTEGER }),
  ];
  for (const one of asked) await assert.rejects(one, { message: 'chat is away' });
  state.away = false;
  assert.equal(
    (await pages.after('general', at(0), { maxBytes: MANY, upTo: Number.MAX_SAFE_INTEGER }))?.last,
    300,
  );
  assert.deepEqual(state.asked, [0, 0]);
});

test('pages are kept within 16 MiB, the newest of them', async () => {
  const { pages, state } = openLog(5_000, { bytes: 3_800 });
  for (let seq = 0; seq < 5_000; seq += 500)
    await pages.after('general', at(seq), { maxBytes: 1, upTo: Number.MAX_SAFE_INTEGER });
  state.asked = [];
  for (let seq = 4_500; seq >= 0; seq -= 500)
    await pages.after('general', at(seq), { maxBytes: 1, upTo: Number.MAX_SAFE_INTEGER });
  assert.deepEqual(state.asked, [500, 0]);
});

test('pages with a text that must no longer be shown are read again, pages before it are not', async () => {
  const { pages, state } = openLog(1_500);
  for (const seq of [0, 500, 1_000]) {
    await pages.after('general', at(seq), whole);
    await pages.after('other', at(seq), whole);
  }
  state.asked = [];
  pages.forget('general', 700);
  for (const seq of [0, 500, 1_000]) await pages.after('general', at(seq), whole);
  assert.deepEqual(state.asked, [500, 1_000]);
  for (const seq of [0, 500, 1_000]) await pages.after('other', at(seq), whole);
  assert.deepEqual(state.asked, [500, 1_000]);
});

test('a page whose query began before `forget` is not kept', async () => {
  const { pages, state, held } = openLog(500);
  state.slow = true;
  const before = pages.after('general', at(0), whole);
  pages.forget('general', 7);
  state.slow = false;
  for (const answer of held) answer();
  await before;
  await pages.after('general', at(0), whole);
  assert.deepEqual(state.asked, [0, 0]);
});

test('a page whose query began before `forget` is not given to later readers', async () => {
  const { pages, state, held } = openLog(500);
  state.slow = true;
  const before = pages.after('general', at(0), whole);
  pages.forget('general', 7);
  const later = pages.after('general', at(0), whole);
  assert.deepEqual(state.asked, [0, 0]);
  for (const answer of held) answer();
  await Promise.all([before, later]);
});

test('pages of a channel that is not live are not kept', async () => {
  const { pages, state } = openLog(500);
  state.live = false;
  await pages.after('general', at(0), whole);
  state.live = true;
  await pages.after('general', at(0), whole);
  await pages.after('general', at(0), whole);
  assert.deepEqual(state.asked, [0, 0]);
});
