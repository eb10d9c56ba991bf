import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  connectPacket,
  openMqttSocket,
  packet,
  text,
} from '@parley/testkit/clients/mqtt-socket.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';

const stack = new AsyncDisposableStack();
let broker: Running;
const open = () => openMqttSocket(broker.ready.mqtt ?? '');

before(async () => {
  broker = stack.use(await start('broker', { MQTT_PASSWORD: 'secret' }));
});
after(() => stack.disposeAsync());

const CONNACK = Buffer.from([0x20, 2, 0, 0]);
const PINGRESP = Buffer.from([0xd0, 0]);
const refusal = (code: number) => Buffer.from([0x20, 2, 0, code]);
const nothing = Buffer.alloc(0);
const INBOX = 'chat/inbox/x';

const SURROGATE = [0xed, 0xa0, 0x80];
const OVERLONG = [0xc0, 0xaf];

/**
 * What a client sends in place of a CONNECT, and the broker's answer before it closes the
 * connection.
 */
const FIRST: [what: string, bytes: Buffer, answer: Buffer][] = [
  ['a packet before CONNECT [MQTT-3.1.0-1]', packet(0xc0), nothing],
  [
    'flags in CONNECT [MQTT-2.2.2-2]',
    Buffer.concat([Buffer.from([0x11]), connectPacket().subarray(1)]),
    nothing,
  ],
  ['a protocol of another name [MQTT-3.1.2-1]', connectPacket({ name: 'MQTX' }), nothing],
  ['MQTT 5 [MQTT-3.1.2-2]', connectPacket({ level: 5, rest: [Buffer.from([0])] }), refusal(1)],
  ['the protocol level 0 [MQTT-3.1.2-2]', connectPacket({ level: 0 }), refusal(1)],
  ['the reserved flag of CONNECT [MQTT-3.1.2-3]', connectPacket({ flags: 3 }), nothing],
  ['a QoS without a will [MQTT-3.1.2-13]', connectPacket({ flags: 2 | 8 }), nothing],
  [
    'a will of QoS 3 [MQTT-3.1.2-14]',
    connectPacket({ flags: 2 | 4 | 24, rest: [text('a'), text('')] }),
    nothing,
  ],
  ['a retain flag without a will [MQTT-3.1.2-15]', connectPacket({ flags: 2 | 32 }), nothing],
  [
    'a password without a user [MQTT-3.1.2-22]',
    connectPacket({ flags: 2 | 64, rest: [text('p')] }),
    nothing,
  ],
  [
    'a lasting session without a client id [MQTT-3.1.3-8]',
    connectPacket({ id: '', flags: 0 }),
    refusal(2),
  ],
  ['a client id that is not UTF-8 [MQTT-1.5.3-1]', connectPacket({ id: OVERLONG }), nothing],
  ['a client id with U+0000 [MQTT-1.5.3-2]', connectPacket({ id: 'a\0b' }), nothing],
  [
    'a user with a surrogate [MQTT-1.5.3-1]',
    connectPacket({ flags: 2 | 128, rest: [text(SURROGATE)] }),
    nothing,
  ],
  [
    'a will to a wildcard [MQTT-3.3.2-2]',
    connectPacket({ flags: 2 | 4, rest: [text('a/#'), text('')] }),
    nothing,
  ],
  ['a will without its message', connectPacket({ flags: 2 | 4, rest: [text('a')] }), nothing],
  ['bytes after the fields of CONNECT', connectPacket({ rest: [text('more')] }), nothing],
  [
    'a remaining length of five bytes (2.2.3)',
    Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 1]),
    nothing,
  ],
  ['a packet over 64 KB', Buffer.from([0x10, 0x81, 0x80, 4]), nothing],
];

for (const [what, bytes, answer] of FIRST) {
  test(`the connection is closed on ${what}`, async () => {
    using client = await open();
    client.send(bytes);
    assert.deepEqual(await client.closed(), answer);
  });
}

/** What a client sends after it was admitted. */
const THEN: [what: string, bytes: Buffer][] = [
  ['a second CONNECT [MQTT-3.1.0-2]', connectPacket()],
  ['a type that is reserved (table 2.1)', packet(0x00)],
  ['the other reserved type (table 2.1)', packet(0xf0)],
  ['a CONNACK (table 2.1)', packet(0x20, [0, 0])],
  ['a PINGRESP (table 2.1)', packet(0xd0)],
  ['flags in PINGREQ [MQTT-2.2.2-2]', packet(0xc1)],
  ['flags in DISCONNECT [MQTT-3.14.1-1]', packet(0xe1)],
  ['SUBSCRIBE without its flags [MQTT-3.8.1-1]', packet(0x80, [0, 1], text('chat/events/x'), [0])],
  ['UNSUBSCRIBE without its flags [MQTT-3.10.1-1]', packet(0xa0, [0, 1], text('chat/events/x'))],
  ['PUBREL without its flags [MQTT-3.6.1-1]', packet(0x60, [0, 1])],
  ['flags in PUBACK [MQTT-2.2.2-2]', packet(0x41, [0, 1])],
  ['PUBLISH of QoS 3 [MQTT-3.3.1-4]', packet(0x36, text(INBOX), [0, 1])],
  ['a repeat at QoS 0 [MQTT-3.3.1-2]', packet(0x38, text(INBOX))],
  ['a publish to + [MQTT-3.3.2-2]', packet(0x30, text('chat/inbox/+'))],
  ['a publish to # [MQTT-3.3.2-2]', packet(0x30, text('chat/#'))],
  ['a publish to no topic [MQTT-4.7.3-1]', packet(0x30, text(''))],
  ['a topic that is not UTF-8 [MQTT-1.5.3-1]', packet(0x30, text([...Buffer.from(INBOX), 0xff]))],
  [
    'a topic with a surrogate [MQTT-1.5.3-1]',
    packet(0x30, text([...Buffer.from(INBOX), ...SURROGATE])),
  ],
  ['a topic with U+0000 [MQTT-1.5.3-2]', packet(0x30, text('chat/inbox/\0'))],
  ['a publish with the packet id 0 [MQTT-2.3.1-1]', packet(0x32, text(INBOX), [0, 0])],
  ['a topic longer than its packet', packet(0x30, [0, 9, 97])],
  [
    'a subscription with the packet id 0 [MQTT-2.3.1-1]',
    packet(0x82, [0, 0], text('chat/events/x'), [0]),
  ],
  ['SUBSCRIBE without a filter [MQTT-3.8.3-3]', packet(0x82, [0, 1])],
  ['SUBSCRIBE to nothing [MQTT-4.7.3-1]', packet(0x82, [0, 1], text(''), [0])],
  ['SUBSCRIBE with QoS 3 [MQTT-3.8.3-4]', packet(0x82, [0, 1], text('chat/events/x'), [3])],
  ['SUBSCRIBE with reserved bits [MQTT-3.8.3-4]', packet(0x82, [0, 1], text('chat/events/x'), [4])],
  ['SUBSCRIBE without a QoS', packet(0x82, [0, 1], text('chat/events/x'))],
  ['a filter with # in the middle [MQTT-4.7.1-2]', packet(0x82, [0, 1], text('chat/#/x'), [0])],
  ['a filter with + in a level [MQTT-4.7.1-3]', packet(0x82, [0, 1], text('chat/events/x+'), [0])],
  ['a filter that is not UTF-8 [MQTT-1.5.3-1]', packet(0x82, [0, 1], text([0xff]), [0])],
  ['UNSUBSCRIBE without a filter [MQTT-3.10.3-2]', packet(0xa2, [0, 1])],
  ['PUBACK of the packet id 0 [MQTT-2.3.1-1]', packet(0x40, [0, 0])],
  ['PINGREQ with a body', packet(0xc0, [0])],
];

for (const [what, bytes] of THEN) {
  test(`an admitted client is disconnected on ${what}`, async () => {
    using client = await open();
    client.send(connectPacket());
    await client.came(CONNACK.length);
    client.send(bytes, packet(0xc0));
    assert.deepEqual(await client.closed(), CONNACK);
  });
}

test('legal packets pass, in any division into pieces', async () => {
  using client = await open();
  const bytes = Buffer.concat([
    connectPacket({ id: '' }),
    packet(0x82, [0, 1], text('chat/events/+'), [1], text('chat/events/#'), [0]),
    packet(0x32, text(INBOX), [0, 2], Buffer.from('{}')),
    packet(0xa2, [0, 3], text('chat/events/+')),
    packet(0xc0),
  ]);
  for (const byte of bytes) client.socket.write(Buffer.from([byte]));
  const answers = [CONNACK, [0x90, 4, 0, 1, 1, 0], [0x40, 2, 0, 2], [0xb0, 2, 0, 3], PINGRESP];
  const expected = answers.map((answer) => Buffer.from(answer));
  await client.came(Buffer.concat(expected).length);
  // The broker may send some answers in another order.
  for (const answer of expected) assert.ok(client.received().includes(answer));
  assert.equal(client.received().length, Buffer.concat(expected).length);
});
