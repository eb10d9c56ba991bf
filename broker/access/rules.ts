import type { Aedes, Client } from 'aedes';
import { isPart, mayReceive, maySubscribe, publishRefusal } from '../clients/client-checks.ts';
import type { Kind } from '../clients/kept.ts';
import type { SubscriptionLimit } from '../clients/subscription-limit.ts';
import { isInbox, type SignInboxMessage } from '../inbox/inbox-payload.ts';
import type { InboxRoom } from '../inbox/inbox-room.ts';
import type { Admit } from './admission.ts';
import { composedFilter } from './composed-filters.ts';

interface RuleParts {
  limit: SubscriptionLimit;
  room: InboxRoom;
  sign: SignInboxMessage;
  /** Called when more may be kept for a client than before. */
  noteKept: (kind: Kind, client: Client) => void;
  /** Called for each retained message that a client gets. */
  noteRetained: (client: Client) => void;
}

/** The checks that aedes calls before it lets a client in, accepts a message or delivers one. */
export function openRules(
  admit: Admit,
  { limit, room, sign, noteKept, noteRetained }: RuleParts,
): ConstructorParameters<typeof Aedes>[0] {
  return {
    authenticate(client, user, given, done) {
      admit(client, user, given).then(
        (admitted) => {
          if (admitted) noteKept('wills', client);
          done(null, admitted);
        },
        (error) => done(error, false),
      );
    },
    authorizePublish(client, packet, done) {
      orRefuse(done, () => {
        if (!client) return done(null);
        const refusal = publishRefusal(client, packet);
        if (!refusal && isInbox(packet.topic)) sign(client, packet);
        if (refusal || isPart(client) || !isInbox(packet.topic)) return done(refusal);
        room.enter(client, packet.payload.length, () => done(null));
        noteKept('held_back', client);
      });
    },
    authorizeSubscribe(client, subscription, done) {
      orRefuse(done, () => {
        subscription.topic = composedFilter(subscription.topic);
        const granted =
          maySubscribe(client, subscription) && limit.take(client, subscription.topic);
        if (granted) noteKept('filters', client);
        done(null, granted ? subscription : null);
      });
    },
    authorizeForward(client, packet) {
      // Chat asks for QoS 1; with a wildcard in the filter aedes would deliver more [MQTT-3.8.4-6].
      if (isPart(client) && isInbox(packet.topic) && packet.qos > 1) packet.qos = 1;
      if (!mayReceive(client, packet.topic)) return null;
      if (packet.retain) noteRetained(client);
      return packet;
    },
  };
}

/** An error in a rule costs the client its connection, and does not stop the broker. */
function orRefuse(refuse: (error: Error) => void, rule: () => void): void {
  try {
    rule();
  } catch (error) {
    refuse(error as Error);
  }
}
