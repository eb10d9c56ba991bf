import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLog } from '@parley/kit/log/log.ts';
import { Metrics } from '@parley/kit/metrics.ts';
import type { Client, PublishPacket, Subscription } from 'aedes';
import { Clients } from './clients/clients.ts';
import { InboxSpace } from './inbox/inbox-space.ts';
import { openRules } from './rules.ts';

const metrics = new Metrics();
const clients = new Clients(
  { mqttClientRate: 0, mqttAddressRate: 0, mqttPassword: 'secret' },
  {
    log: await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test'),
    metrics,
    heldBack: () => 0,
  },
);
const rules = openRules({
  clients,
  admit: async () => false,
  space: new InboxSpace(metrics),
  sign: () => undefined,
});
const fault = new Error('unexpected');
const faulty = {
  get topic(): string {
    throw fault;
  },
};

test('a packet for which a rule throws is refused, and the error is not thrown further', () => {
  const client = {} as Client;
  const errors: unknown[] = [];
  const refuse = (error?: Error | null) => void errors.push(error);
  rules?.authorizePublish?.(client, faulty as PublishPacket, refuse);
  rules?.authorizeSubscribe?.(client, faulty as Subscription, refuse);
  assert.deepEqual(errors, [fault, fault]);
});
