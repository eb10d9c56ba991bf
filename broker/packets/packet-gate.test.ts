import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from './pace.ts';
import { PacketGate } from './packet-gate.ts';

const CONNECT = Buffer.from([0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, 1, 0x61]);
const PINGREQ = Buffer.from([0xc0, 0]);

/** A gate whose client is let in, at a rate of units a second. */
function openGate(perSecond: number): PacketGate {
  const pace = new Pace(perSecond);
  const gate = new PacketGate([(units) => pace.reserve(units)]);
  gate.push(CONNECT);
  assert.equal(gate.take()?.length, CONNECT.length);
  return gate;
}

/** SUBSCRIBE or UNSUBSCRIBE of many filters. */
function filters(first: number, count: number): Buffer {
  const one = Buffer.from(first === 0x82 ? [0, 1, 0x61, 0] : [0, 1, 0x61]);
  const body = Buffer.concat([Buffer.from([0, 1]), ...Array<Buffer>(count).fill(one)]);
  const length = [(body.length & 0x7f) | 0x80, body.length >> 7];
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

test('packets of every type wait once the burst has passed', () => {
  const flood: Record<string, Buffer> = {
    PINGREQ,
    PUBACK: Buffer.from([0x40, 2, 0, 1]),
    PUBREC: Buffer.from([0x50, 2, 0, 1]),
    PUBREL: Buffer.from([0x62, 2, 0, 1]),
    UNSUBSCRIBE: filters(0xa2, 50),
    SUBSCRIBE: filters(0x82, 50),
    PUBLISH: Buffer.from([0x30, 3, 0, 1, 0x61]),
  };
  for (const [type, packet] of Object.entries(flood)) {
    const gate = openGate(50);
    gate.push(Buffer.concat(Array<Buffer>(5_000).fill(packet)));
    const passed = gate.take()?.length ?? 0;
    assert.ok(passed > 0 && passed < 4_000 * packet.length, `${type}: ${passed / packet.length}`);
    assert.ok(gate.waitMs > 0, type);
  }
});

test('a packet of many filters waits as long as many small packets do', () => {
  const gate = openGate(50);
  gate.push(filters(0xa2, 1_000));
  assert.equal(gate.take(), null);
  assert.ok(gate.waitMs > 2_500 && gate.waitMs < 4_000, `${gate.waitMs} ms`);
});

test('a large publish counts as several', () => {
  const gate = openGate(50);
  const body = Buffer.concat([Buffer.from([0, 1, 0x61]), Buffer.alloc(16_000)]);
  const publish = Buffer.concat([Buffer.from([0x30, 0x83, 0x7d]), body]);
  gate.push(Buffer.concat(Array<Buffer>(20).fill(publish)));
  assert.equal(gate.take()?.length, 3 * publish.length);
});

test('a waiting packet keeps its reservation, and packets behind it make none', () => {
  const reserved: number[] = [];
  const gate = new PacketGate([
    (units) => {
      reserved.push(units);
      return units > 0 ? 60_000 : 0;
    },
  ]);
  gate.push(Buffer.concat([CONNECT]));
  gate.take();
  for (let i = 0; i < 10; i++) {
    gate.push(PINGREQ);
    assert.equal(gate.take(), null);
  }
  assert.equal(reserved.length, 2);
});

test('a packet that arrives byte by byte costs as much as one that arrives at once', () => {
  const gate = openGate(0.001);
  const bytes = Buffer.alloc(65_000, 0x61);
  bytes.set([0x30, 0xe5, 0xfb, 0x03, 0, 10]);
  const begun = process.cpuUsage();
  for (const byte of bytes) {
    gate.push(Buffer.from([byte]));
    gate.take();
  }
  const { user, system } = process.cpuUsage(begun);
  assert.equal(gate.length, 65_000);
  assert.ok(user + system < 500_000, `${user + system} us`);
});

test('an UNSUBSCRIBE of more filters than any client can have ends the connection', () => {
  const gate = openGate(10_000);
  gate.push(filters(0xa2, 1_001));
  assert.throws(() => gate.take(), /over 1,000 topic filters/);
});
