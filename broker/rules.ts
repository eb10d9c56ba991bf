import type { Aedes } from 'aedes';
import { composedFilter } from './access/composed-filters.ts';
import type { Admit } from './clients/admission.ts';
import type { Clients } from './clients/clients.ts';
import { isInbox, type SignInboxMessage } from './inbox/inbox-payload.ts';
import type { InboxSpace } from './inbox/inbox-space.ts';

interface RuleParts {
  clients: Clients;
  admit: Admit;
  space: InboxSpace;
  sign: SignInboxMessage;
}

/** The checks that aedes calls before it lets a client in, accepts a message or delivers one. */
export function openRules({
  clients,
  admit,
  space,
  sign,
}: RuleParts): ConstructorParameters<typeof Aedes>[0] {
  return {
    authenticate(client, user, given, done) {
      admit(client, user, given).then(
        (admitted) => {
          if (admitted) clients.measure('wills', client);
          done(null, admitted);
        },
        (error) => done(error, false),
      );
    },
    authorizePublish(client, packet, done) {
      orRefuse(done, () => {
        if (!client) return done(null);
        const rights = clients.rightsOf(client);
        const refusal = rights.publishRefusal(packet);
        if (refusal || !isInbox(packet.topic)) return done(refusal);
        sign(client, packet);
        if (rights.isPart) return done(null);
        space.enter(client, packet.payload.length, () => done(null));
        clients.measure('held_back', client);
      });
    },
    authorizeSubscribe(client, subscription, done) {
      orRefuse(done, () => {
        subscription.topic = composedFilter(subscription.topic);
        const granted =
          clients.rightsOf(client).mayRead(subscription.topic) &&
          clients.addFilter(client, subscription.topic);
        if (granted) clients.measure('filters', client);
        done(null, granted ? subscription : null);
      });
    },
    authorizeForward(client, packet) {
      const rights = clients.rightsOf(client);
      // Chat asks for QoS 1; with a wildcard in the filter aedes would deliver more [MQTT-3.8.4-6].
      if (rights.isPart && isInbox(packet.topic) && packet.qos > 1) packet.qos = 1;
      if (!rights.mayRead(packet.topic)) return null;
      if (packet.retain) clients.countRetained(client);
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
