import type { Msg } from '@nats-io/transport-node';
import type { Feed } from '../feeds/feed.ts';
import type { Delivery, StreamIdentity } from '../store/store.ts';
import { parseDeliveryInfo } from './delivery-info.ts';

/** The header with a publisher's id of a message (NATS, "Message Deduplication"). */
const MESSAGE_ID = 'Nats-Msg-Id';

/** A message that NATS keeps until it is acknowledged. */
export interface Held {
  delivery: Delivery;
  /** Tells NATS that the message is stored. */
  acknowledge(): void;
  /** Tells NATS that storing takes longer. */
  extend(): void;
  /** Tells NATS that the message is not stored and may be sent again, at once or after a while. */
  release(afterMs?: number): void;
}

/** Reads a message of a feed as NATS delivers it. `now` is in milliseconds since 1970 (UTC). */
export function asHeld(
  message: Msg,
  { feed, stream, now }: { feed: Feed; stream: StreamIdentity; now: number },
): Held {
  const { streamSeq, publishedUs } = parseDeliveryInfo(message.reply);
  const messageId = message.headers?.get(MESSAGE_ID);
  return {
    delivery: {
      feed: feed.name,
      stream,
      streamSeq,
      publishedUs,
      receivedUs: now * 1000,
      ...(messageId && { messageId }),
      bytes: message.data,
      decoded: feed.decode(message.data),
    },
    acknowledge: () => void message.respond('+ACK'),
    extend: () => void message.respond('+WPI'),
    release: (afterMs = 0) => void message.respond(`-NAK {"delay": ${afterMs * 1_000_000}}`),
  };
}
