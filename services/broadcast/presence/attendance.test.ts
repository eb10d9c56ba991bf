import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attendance } from './attendance.ts';

const GRACE_MS = 5_000;

function attendanceOf(...names: string[]): Attendance {
  const attendance = new Attendance(GRACE_MS);
  for (const name of names) attendance.arrive(name);
  attendance.takeChanges();
  return attendance;
}

test('a name that is present twice stays until both are gone and the grace time has ended', () => {
  const attendance = attendanceOf('ada', 'ada', 'bob');
  assert.equal(attendance.named, 2);
  attendance.depart('ada', 0);
  attendance.expire(GRACE_MS);
  assert.equal(attendance.changed, false);
  attendance.depart('ada', 1_000);
  assert.equal(attendance.nextEnd, 6_000);
  attendance.expire(5_999);
  assert.deepEqual([...attendance.names], ['ada', 'bob']);
  attendance.expire(6_000);
  assert.deepEqual(attendance.takeChanges(), { joined: [], left: ['ada'] });
  assert.deepEqual([...attendance.names], ['bob']);
});

test('a reader that comes back within the grace time was never away', () => {
  const attendance = attendanceOf('ada');
  attendance.depart('ada', 0);
  attendance.arrive('ada');
  attendance.expire(60_000);
  assert.equal(attendance.changed, false);
  attendance.depart('ada', 60_000);
  attendance.expire(65_000);
  assert.deepEqual(attendance.takeChanges(), { joined: [], left: ['ada'] });
});

test('a new guest counts as one that left a moment ago', () => {
  const attendance = attendanceOf();
  attendance.arriveGuests(3);
  attendance.takeChanges();
  attendance.departGuests(2, 0);
  attendance.arriveGuests(1);
  assert.deepEqual([attendance.guests, attendance.changed], [3, false]);
  attendance.expire(GRACE_MS);
  assert.deepEqual([attendance.guests, attendance.changed], [2, true]);
});

test('a guest who signs in is counted once, under the new name', () => {
  const attendance = attendanceOf('bob');
  attendance.arriveGuests(2);
  attendance.takeChanges();
  attendance.departGuests(1, 0);
  attendance.arrive('ada');
  assert.deepEqual([attendance.named, attendance.guests], [2, 1]);
  assert.deepEqual(attendance.takeChanges(), { joined: ['ada'], left: [] });
  attendance.expire(GRACE_MS);
  assert.deepEqual([attendance.guests, attendance.changed], [1, false]);
});

test('a guest whose stream ends only after the sign-in is counted once, too', () => {
  const attendance = attendanceOf('bob');
  attendance.arriveGuests(2);
  attendance.arrive('ada', 0);
  attendance.takeChanges();
  attendance.departGuests(1, 1_000);
  assert.deepEqual([attendance.named, attendance.guests, attendance.changed], [2, 1, true]);
  attendance.departGuests(1, 1_000);
  assert.equal(attendance.guests, 1, 'the other one may come back');
});

test('a reader that leaves before it was announced is announced as left', () => {
  const attendance = attendanceOf();
  attendance.arrive('ada');
  attendance.depart('ada', 0);
  attendance.expire(GRACE_MS);
  assert.deepEqual(attendance.takeChanges(), { joined: [], left: ['ada'] });
});

test('ten thousand guests who leave one by one are removed in a few steps', () => {
  const attendance = attendanceOf();
  attendance.arriveGuests(10_000);
  for (let i = 0; i < 10_000; i++) attendance.departGuests(1, i / 10);
  assert.equal(attendance.guests, 10_000);
  let steps = 0;
  for (; attendance.guests > 0; steps++) attendance.expire(attendance.nextEnd);
  assert.ok(steps <= 2, `${steps} steps`);
});
