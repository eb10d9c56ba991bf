import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client, PublishPacket, Subscription } from 'aedes';
import { openSubscriptionLimit } from '../clients/subscription-limit.ts';
import { InboxRoom } from '../inbox/inbox-room.ts';
import { openRules } from './rules.ts';

const rules = openRules(async () => false, {
  limit: openSubscriptionLimit(),
  room: new InboxRoom(),
  sign: () => undefined,
  noteKept: () => undefined,
  noteRetained: () => undefined,
});
const fault = new Error('unexpected');
const faulty = {
  get topic(): string {
    throw fault;
  },
};

test('a packet for which a rule throws is refused, and the error is not thrown further', () => {
  const client = {} as Client;
  const heard: unknown[] = [];
  const hear = (error?: Error | null) => void heard.push(error);
  rules?.authorizePublish?.(client, faulty as PublishPacket, hear);
  rules?.authorizeSubscribe?.(client, faulty as Subscription, hear);
  assert.deepEqual(heard, [fault, fault]);
});
