import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sseFraming } from '../framing/sse-framing.ts';
import { Announcer } from './announcer.ts';
import { Attendance } from './attendance.ts';

const GRACE_MS = 5_000;

function open() {
  const attendance = new Attendance(GRACE_MS);
  return { attendance, announcer: new Announcer('x', attendance) };
}

test('changes within a second are one announcement, and without a change there is none', () => {
  const { attendance, announcer } = open();
  attendance.arrive('bob');
  attendance.arrive('ada');
  assert.deepEqual(announcer.take(0), {
    channel: 'x',
    named: 2,
    guests: 0,
    joined: ['ada', 'bob'],
    left: [],
  });
  attendance.arriveGuests(1);
  assert.equal(announcer.dueAt, 1_000);
  assert.equal(announcer.take(999), undefined);
  assert.deepEqual(announcer.take(1_000), {
    channel: 'x',
    named: 2,
    guests: 1,
    joined: [],
    left: [],
  });
  assert.equal(announcer.take(9_000), undefined);
});

test('ten thousand arrivals within ten seconds cost each reader a few announcements', () => {
  const { attendance, announcer } = open();
  let announced = 0;
  for (let ms = 0; ms < 10_000; ms++) {
    attendance.arriveGuests(1);
    if (announcer.take(ms)) announced++;
  }
  assert.ok(announced <= 4, `${announced} announcements`);
});

test('in a big channel new readers share one snapshot, never older than the last announcement', () => {
  const { attendance, announcer } = open();
  attendance.arriveGuests(500);
  announcer.take(0);
  const shared = announcer.whole(sseFraming);
  attendance.arriveGuests(1);
  assert.equal(announcer.whole(sseFraming), shared);
  announcer.take(5_000);
  assert.match(String(announcer.whole(sseFraming)), /"guests":501/);
});

test('in a small channel a new reader finds itself in the snapshot', () => {
  const { attendance, announcer } = open();
  for (const name of ['ada', 'bob']) {
    attendance.arrive(name);
    assert.ok(String(announcer.whole(sseFraming)).includes(`"${name}"`));
  }
});

test('above 200 names only numbers are announced, and all names again when they are fewer', () => {
  const { attendance, announcer } = open();
  attendance.arrive('ada');
  announcer.take(0);
  for (let i = 0; i < 200; i++) attendance.arrive(`reader ${i}`);
  assert.deepEqual(announcer.take(5_000), { channel: 'x', named: 201, guests: 0 });
  assert.deepEqual(announcer.presence, { channel: 'x', named: 201, guests: 0 });
  for (let i = 1; i < 200; i++) attendance.depart(`reader ${i}`, 5_000);
  attendance.expire(5_000 + GRACE_MS);
  assert.deepEqual(announcer.take(10_000), {
    channel: 'x',
    named: 2,
    guests: 0,
    here: ['ada', 'reader 0'],
  });
});
