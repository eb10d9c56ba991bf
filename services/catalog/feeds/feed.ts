import type { Decode } from '../protobuf/decode.ts';

/** A feed of messages: its source, its type, and the channel that announces it. */
export interface Feed {
  /** Its NATS subject, which is also its name. */
  name: string;
  /** The protobuf type of its messages, as the file names it. */
  type: string;
  /** The channel in which some of its messages are announced, if any. */
  channel: string | undefined;
  /** Most messages that are announced per second. */
  perSecond: number;
  decode: Decode;
}

/**
 * The channel whose readers may read the feed: its own channel or, without one, the channel with
 * the feed's name.
 */
export function channelOf({ channel, name }: Pick<Feed, 'channel' | 'name'>): string {
  return channel ?? name;
}
