import { composedChannel } from '@parley/contract/channels/channel.ts';
import { errorsTopic } from '@parley/contract/channels/topic.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import type { PublishPacket } from 'aedes';
import { openMatch, PERMISSIONS, type Permissions, type Role } from './permissions.ts';

/** Finds the channel of a topic, or of a filter without wildcards in these levels. */
const OF_CHANNEL = /^chat\/(?:events|signals|presence|inbox)\/([^/#+]+)(?:\/|$)/;

type Match = (asked: string) => boolean;

const openMatches = ({ read, write }: Permissions): Record<keyof Permissions, Match> => ({
  read: openMatch(read),
  write: openMatch(write),
});
/** Made once: each message is checked for each client. */
const MATCHES = {
  part: openMatches(PERMISSIONS.part),
  guest: openMatches(PERMISSIONS.guest),
  none: openMatches({ read: [], write: [] }),
};

interface Holder {
  /** The client's id. */
  id: string;
  role: Role;
  /** Of the token that the client gave; undefined for a client without one. */
  identity: Identity | undefined;
}

/** What one client may do. */
export class Rights {
  /** True for Parley's services. */
  readonly isPart: boolean;
  /** The identity of the client's token; undefined for a client without a token. */
  readonly identity: Identity | undefined;
  readonly #matches: Record<keyof Permissions, Match>;
  /** The topic with the client's own problems. */
  readonly #ownErrors: string | undefined;
  #hasEnded = false;

  /** Without a holder there are no rights. */
  constructor(holder?: Holder) {
    this.isPart = holder?.role === 'part';
    this.identity = holder?.identity;
    this.#matches = MATCHES[holder?.role ?? 'none'];
    this.#ownErrors = holder && errorsTopic(holder.id);
  }

  /** Ends the right to publish, when the client's token is no longer valid. */
  end(): void {
    this.#hasEnded = true;
  }

  /** Why the client may not publish a message; undefined when it may. */
  publishRefusal({ topic, retain }: Pick<PublishPacket, 'topic' | 'retain'>): Error | undefined {
    if (this.#hasEnded) return new Error('its token is no longer valid');
    const may = this.#matches.write(topic) && this.#allowsChannel(topic, 'mayPublish');
    if (!may) return new Error(`may not publish to ${topic}`);
    return retain && !this.isPart
      ? new Error("only Parley's services may retain messages")
      : undefined;
  }

  /**
   * True when the client may subscribe to a topic filter, or receive a message on a topic. A client
   * with a token may use wildcards, so each message is checked too.
   */
  mayRead(topic: string): boolean {
    if (topic === this.#ownErrors) return true;
    return this.#matches.read(topic) && this.#allowsChannel(topic, 'maySubscribe');
  }

  /** True when a topic names no channel, or a channel that the client's token allows. */
  #allowsChannel(topic: string, may: 'mayPublish' | 'maySubscribe'): boolean {
    // Dots may be escaped (MQTT_DOTS); no channel's name has a percent sign.
    const channel = OF_CHANNEL.exec(topic)?.[1]?.replaceAll('%2E', '.');
    return channel === undefined || (this.identity?.[may](composedChannel(channel)) ?? true);
  }
}

/** The rights before a client is let in: aedes may handle packets that it sends earlier. */
export const NO_RIGHTS = new Rights();
