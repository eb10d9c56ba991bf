import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openLog } from '@parley/kit/log/log.ts';
import { openDevice, trusting } from '@parley/testkit/clients/device.ts';
import { busOf } from '@parley/testkit/mqtt-brokers/mqtt-broker.ts';
import { startParleyBroker } from '@parley/testkit/mqtt-brokers/parley.ts';
import { until } from '@parley/testkit/until.ts';
import { InboxLink } from './inbox-link.ts';

const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
/** How long a group takes: as long as with a store under load. */
const STORE_MS = 100;
/** Several messages arrive while a group is stored, so that there is always a next group. */
const PUBLISH_MS = 20;

test('a link that is closed finishes only the group that it has begun, while devices go on publishing', async () => {
  await using broker = await startParleyBroker();
  const { MQTT_URL: mqttUrl = '', MQTT_CA_FILE: mqttCaFile = '' } = busOf(broker);
  let groups = 0;
  const store = async () => {
    groups++;
    await delay(STORE_MS);
    return [];
  };
  let isOpen = false;
  const link = new InboxLink(
    { mqttUrl, mqttCaFile, mqttDots: 'plain', mqttGroups: 'auto' },
    {
      writer: { store },
      note: async () => true,
      earlier: async () => [],
      opened: (open) => {
        isOpen = open;
      },
      log,
    },
  );
  await until('the link is open', () => isOpen);
  const url = `mqtts://127.0.0.1:${broker.ports[0]}`;
  await using device = await openDevice(url, trusting(broker.caFile));
  const publishing = setInterval(() => void device.post('load', {}, { qos: 0 }), PUBLISH_MS);
  await until('groups are stored', () => groups > 5);
  const before = groups;
  await link[Symbol.asyncDispose]();
  clearInterval(publishing);
  assert.ok(groups <= before + 1, `${groups - before} groups were stored after the end`);
});
