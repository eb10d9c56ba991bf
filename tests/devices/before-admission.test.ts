import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import {
  connectPacket,
  openMqttSocket,
  packet,
  text,
} from '@parley/testkit/clients/mqtt-socket.ts';
import { type Running, startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import mqtt from 'mqtt';

/**
 * The most that Node reads from a socket at once. Node then reads again before it does anything
 * else.
 */
const READ_BYTES = 65_536;
const PRESENCE = 'chat/presence/secret/instance';

const stack = new AsyncDisposableStack();
let parley: Running;
let url: string;

before(async () => {
  const { path } = stack.use(await temporaryFolder());
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(`${path}/keys.pem`, publicKey.export({ type: 'spki', format: 'pem' }));
  parley = stack.use(
    await startBare('broker', {
      MQTT_PASSWORD: 'secret',
      AUTH: 'required',
      TOKEN_KEYS_FILE: `${path}/keys.pem`,
    }),
  );
  url = parley.ready.mqtt ?? '';
  const part = await mqtt.connectAsync(url, { username: 'parley', password: 'secret' });
  await part.publishAsync(PRESENCE, 'ada', { qos: 1, retain: true });
  await part.endAsync();
});
after(() => stack.disposeAsync());

/**
 * A CONNECT with an invalid token, exactly one read long, so that the next packet is read at once.
 */
function longConnect(): Buffer {
  const parts = (bytes: number) => [
    text('chat/inbox/x'),
    text([...Buffer.alloc(bytes)]),
    text('user'),
    text('no.token.at-all'),
  ];
  const connect = (bytes: number) =>
    connectPacket({ id: 'early', flags: 0xc6, rest: parts(bytes) });
  return connect(60_000 + READ_BYTES - connect(60_000).length);
}

const EARLY: [what: string, bytes: Buffer][] = [
  ['read retained messages', packet(0x82, [0, 1], text('chat/presence/#'), [1])],
  ['read events', packet(0x82, [0, 1], text('chat/events/#'), [1])],
  ['post', packet(0x32, text('chat/inbox/x'), [0, 1], Buffer.from('{}'))],
];

for (const [what, bytes] of EARLY) {
  test(`a client that is not admitted yet may not ${what}, nor crash the broker`, async () => {
    assert.equal(longConnect().length, READ_BYTES);
    for (let i = 0; i < 20; i++) {
      using client = await openMqttSocket(url);
      client.send(longConnect(), bytes);
      assert.deepEqual(await client.closed(), Buffer.from([0x20, 2, 0, 5]));
    }
    assert.equal((await fetch(`${parley.url}/readyz`)).status, 200);
  });
}
