import '@parley/kit/bus/lean-packets.ts';
import { ENDED_SESSIONS_TOPIC, GROUPS_TOPIC } from '@parley/contract/channels/topic.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import { applyEndedSession } from '@parley/kit/tokens/receive-ended-sessions.ts';
import { Aedes, type PublishPacket } from 'aedes';
import { unsubscribeComposed } from './access/composed-filters.ts';
import { openAdmission } from './clients/admission.ts';
import type { Clients } from './clients/clients.ts';
import { openSigning } from './inbox/inbox-payload.ts';
import type { InboxSpace } from './inbox/inbox-space.ts';
import { findRetainedByTopic } from './retained/retained-messages.ts';
import { openRules } from './rules.ts';

/** Aedes' own limits; the others are in the folders of what they limit. */
const LIMITS = {
  /** How long bytes may stay unsent before their client is cut; aedes waits a minute by default. */
  drainTimeout: 5_000,
  connectTimeout: 5_000,
  /** Messages of QoS 2 that one client may leave without PUBREL. */
  maxInflightInbound: 100,
};

/** Says to Parley's services that this broker hands groups of events to devices one by one. */
const GROUPS_NOTICE: PublishPacket = {
  cmd: 'publish',
  topic: GROUPS_TOPIC,
  payload: 'one event a line',
  qos: 0,
  dup: false,
  retain: true,
};

interface AedesParts {
  log: Log;
  metrics: Metrics;
  authenticator: Authenticator;
  /** The password of Parley's services. */
  partPassword: string;
  clients: Clients;
  space: InboxSpace;
}

/** Opens aedes with our rules and our ways to keep messages; the caller closes it. */
export async function openAedes({
  log,
  metrics,
  authenticator,
  partPassword,
  clients,
  space,
}: AedesParts): Promise<Aedes> {
  const admit = openAdmission({ clients, partPassword, authenticator });
  const sign = openSigning({
    partPassword,
    addressOf: (client) => clients.addressOf(client),
    tokenOf: (client) => clients.rightsOf(client).identity?.token,
  });
  const rules = openRules({ clients, admit, space, sign });
  const aedes = await Aedes.createBroker({ ...LIMITS, ...rules });
  findRetainedByTopic(aedes, metrics);
  unsubscribeComposed(aedes);
  space.attach(aedes);
  clients.attach(aedes);
  aedes.publish(GROUPS_NOTICE, () => undefined);
  // Only Parley's services may publish to this topic.
  aedes.on('publish', ({ topic, payload }) => {
    if (topic === ENDED_SESSIONS_TOPIC)
      applyEndedSession(Buffer.from(payload), authenticator.ended, log);
  });
  return aedes;
}
