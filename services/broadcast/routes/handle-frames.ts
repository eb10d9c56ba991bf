import { parseChannel } from '@parley/contract/channels/channel.ts';
import { isIdempotencyKey } from '@parley/contract/events/idempotency-key.ts';
import {
  type Ack,
  encodeAckText,
  encodeUnsubscribedText,
  type Frame,
  parseFrame,
  parseManyFrame,
  parseSocketDraft,
  type SocketDraft,
} from '@parley/contract/streams/websocket.ts';
import { type Identity, requireSubscribe } from '@parley/kit/tokens/identity.ts';
import type { Access, Sight } from '../access/access.ts';
import type { Subscriptions } from '../many/subscriptions.ts';
import type { Handle, Note } from './conversation.ts';
import { parseStart } from './parse-start.ts';

/** Posts the drafts of a client that reads one channel. */
export function handleDrafts(post: (draft: SocketDraft) => Promise<Ack>): Handle {
  return async (text, note) => {
    const draft = parseSocketDraft(readFrame(text, note));
    return encodeAckText(await post(draft));
  };
}

/** Does what a client asks for that reads several channels: it subscribes, unsubscribes and posts. */
export function handleManyFrames({
  subscriptions,
  identity,
  access,
  post,
}: {
  subscriptions: Subscriptions;
  identity: () => Identity;
  access: Access;
  post: (channel: string, draft: SocketDraft) => Promise<Ack>;
}): Handle {
  return async (text, note) => {
    const read = readFrame(text, note);
    if (typeof read.channel === 'string') note.channel = read.channel.slice(0, 64);
    const frame = parseManyFrame(read);
    const channel = parseChannel(frame.channel);
    if (frame.type === 'unsubscribe') {
      subscriptions.delete(channel);
      return encodeUnsubscribedText(channel);
    }
    if (frame.type === 'post') {
      return encodeAckText({ ...(await post(channel, frame.draft)), channel });
    }
    const start = parseStart({}, frame.start);
    const sight = await lookWith(identity, channel, access);
    const greeted = subscriptions.add(channel, start, sight.sides.get(channel) ?? 'public');
    access.repeatSince(sight);
    await greeted;
    return undefined;
  };
}

/**
 * The side on which a client sees a channel, by the rights that it has when this is known: its
 * identity may be renewed meanwhile.
 * @throws ChatError as `requireSubscribe` and `Access.look`
 */
async function lookWith(identity: () => Identity, channel: string, access: Access): Promise<Sight> {
  for (;;) {
    const reader = identity();
    requireSubscribe(reader, channel);
    const sight = await access.look(reader, [channel]);
    if (identity() === reader) return sight;
  }
}

/** Reads a frame, and notes its key before its other fields are checked. */
function readFrame(text: string, note: Note): Frame {
  const frame = parseFrame(text);
  if (isIdempotencyKey(frame.key)) note.key = frame.key;
  return frame;
}
