import { z } from 'zod';
import { encodeWithData, parseKeepingData } from '../json-text.ts';
import { EPOCH, encodePosition } from './position.ts';

const seq = z.int().positive();
const tally = z.int().nonnegative();
const names = z.array(z.string());

/**
 * The fields of every event. `seq` counts 1, 2, 3 … within the channel, `id` is `<epoch>:<seq>`,
 * `at` is the UTC time of storing (ISO 8601, milliseconds).
 */
const common = {
  channel: z.string().min(1),
  epoch: z.string().regex(EPOCH),
  seq,
  id: z.string(),
  at: z.string(),
};

const messageSchema = z.object({
  ...common,
  kind: z.literal('message'),
  username: z.string(),
  message: z.string(),
  up: tally,
  down: tally,
  reactions: z.record(z.string(), seq).optional(),
  mine: z.array(z.string()).optional(),
  account: z.literal(true).optional(),
  replyTo: seq.optional(),
  replies: seq.optional(),
  mentions: names.optional(),
  data: z.string().optional(),
  edited: z.string().optional(),
  deleted: z.literal(true).optional(),
});

const typedSchema = z.object({
  channel: common.channel,
  epoch: common.epoch,
  seq,
  id: common.id,
  kind: z.literal('event'),
  type: z.string().min(1),
  at: common.at,
  username: z.string().optional(),
  data: z.string(),
});
const voteSchema = z.object({
  ...common,
  kind: z.literal('vote'),
  ref: seq,
  up: tally,
  down: tally,
});
const reactionSchema = z.object({
  ...common,
  kind: z.literal('reaction'),
  ref: seq,
  emoji: z.string().min(1),
  count: tally,
});
const editSchema = z.object({
  ...common,
  kind: z.literal('edit'),
  ref: seq,
  message: z.string(),
  mentions: names.optional(),
});
const deleteSchema = z.object({ ...common, kind: z.literal('delete'), ref: seq });
const closeSchema = z.object({
  ...common,
  kind: z.literal('close'),
  archived: z.literal(true).optional(),
});
const reopenSchema = z.object({ ...common, kind: z.literal('reopen') });

/** Everything that happens in a channel. */
export const eventSchema = z
  .discriminatedUnion('kind', [
    messageSchema,
    typedSchema,
    voteSchema,
    reactionSchema,
    editSchema,
    deleteSchema,
    closeSchema,
    reopenSchema,
  ])
  .refine((event) => event.id === encodePosition(event), 'id is not <epoch>:<seq>');

export type ChatEvent = z.infer<typeof eventSchema>;
/**
 * A message in its current state. `up` and `down` count its votes, `reactions` its reactions by
 * emoji, the first used first. `mine` has the emoji of the caller's own reactions, in pages that a
 * token asked for. `account` is present when the account with that name posted it. `replyTo` is the
 * seq of the message that it replies to. `replies` is the number of replies to it; absent in streams
 * and when there is none. `mentions` are the names in its text. `data` is a `JsonText`. `edited` is the time of the last edit. A
 * deleted message has no text and no data.
 */
export type ChatMessage = z.infer<typeof messageSchema>;
/** An event with a type and data (a `JsonText`) that its author chose. */
export type TypedEvent = z.infer<typeof typedSchema>;
/** The tallies of message `ref` after a vote. */
export type ChatVote = z.infer<typeof voteSchema>;
/** The count of an emoji on message `ref` after a reaction was added or taken back; 0: none is left. */
export type ChatReaction = z.infer<typeof reactionSchema>;
/**
 * The new text of message `ref`, and its mentions; when the event is read later, the message's text and
 * mentions at that time.
 */
export type ChatEdit = z.infer<typeof editSchema>;
/** Message `ref` is deleted. */
export type ChatDelete = z.infer<typeof deleteSchema>;

/** Every kind of event. */
export const EVENT_KINDS = [
  'message',
  'event',
  'vote',
  'reaction',
  'edit',
  'delete',
  'close',
  'reopen',
] as const;

export type EventKind = ChatEvent['kind'];

/** Reads an event from JSON text. @throws ZodError or SyntaxError when the text is not one */
export function parseEvent(json: string): ChatEvent {
  return eventSchema.parse(parseKeepingData(json));
}

/** Writes an event as JSON text, with its data as its author wrote it. */
export function encodeEvent(event: ChatEvent): string {
  return 'data' in event ? encodeWithData(event) : JSON.stringify(event);
}

/** True when the event is a message. */
export function isMessage(event: ChatEvent): event is ChatMessage {
  return event.kind === 'message';
}
