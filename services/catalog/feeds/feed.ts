import type { Decode } from '../protobuf/decode.ts';

/** One feed of messages: where they come from, what they are, and where they are announced. */
export interface Feed {
  /** Its NATS subject, which is also its name. */
  name: string;
  /** The protobuf type of its messages, as the file names it. */
  type: string;
  /** The channel in which some of its messages are announced, if any. */
  channel: string | undefined;
  /** How many messages are announced a second at most. */
  perSecond: number;
  decode: Decode;
}

/** Whose feed it is to read: those who may read its channel or, where it has none, one of its name. */
export function channelOf({ channel, name }: Pick<Feed, 'channel' | 'name'>): string {
  return channel ?? name;
}
