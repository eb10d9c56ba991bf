import { hash } from 'node:crypto';
import { EVERY_PRIVATE_CHANNEL } from '@parley/kit/viewer.ts';
import type { OpenedStore } from '../../store/opened-store.ts';
import type { Appended, MessageDraft, ReactionDraft } from '../../store/store.ts';
import { inGroups, MESSAGES_AT_ONCE } from './gathering.ts';
import type { Report } from './report.ts';
import type { ReadMessage, Spool, SpooledReaction } from './spool.ts';

/** Characters of an id that a subject has as they are; each store keeps at least 128 of a subject. */
const ID_MAX = 100;

/** What the import needs of the store. */
type Log = Pick<OpenedStore, 'append'>;

interface StoreOptions {
  spool: Spool;
  /** Names of channels whose messages are not stored. */
  leftOut: ReadonlySet<string>;
  /** `slack` or `mattermost`: the first part of the keys. */
  source: string;
  server: string;
  report: Report;
  progress: (done: number) => void;
}

/**
 * Appends the messages of the spool to their channels, with their times and names, and replies as
 * replies to the first message of their thread. Each has a key that is made of its channel and id in the export, so
 * that a message which an earlier run stored is not stored again.
 */
export async function storeMessages(log: Log, options: StoreOptions): Promise<void> {
  let done = 0;
  const messages = options.spool.messages();
  for (const group of inGroups(without(options.leftOut, messages))) {
    await storeGroup(log, group, options);
    done += group.length;
    options.progress(done);
  }
}

function* without(
  leftOut: ReadonlySet<string>,
  messages: Iterable<ReadMessage>,
): Generator<ReadMessage> {
  for (const message of messages) if (!leftOut.has(message.channel)) yield message;
}

async function storeGroup(log: Log, group: ReadMessage[], options: StoreOptions): Promise<void> {
  const { spool, report } = options;
  const reactions: SeqReaction[] = [];
  const results = await log.append(group.map((message) => draftOf(message, options)));
  for (const [i, result] of results.entries()) {
    const message = group[i] as ReadMessage;
    count(result, message, report);
    const seq = seqOf(result);
    if (seq === undefined) continue;
    if (message.isRoot) spool.noteSeq(message, seq);
    for (const reaction of message.reactions) reactions.push({ message, seq, reaction });
  }
  for (let from = 0; from < reactions.length; from += MESSAGES_AT_ONCE) {
    await storeReactions(log, reactions.slice(from, from + MESSAGES_AT_ONCE), options);
  }
}

interface SeqReaction {
  message: ReadMessage;
  /** The number of the message. */
  seq: number;
  reaction: SpooledReaction;
}

/** Adds reactions. Each is an event behind the messages of its group, and counts once for a person. */
async function storeReactions(
  log: Log,
  reactions: SeqReaction[],
  { source, server, report }: StoreOptions,
): Promise<void> {
  const drafts = reactions.map(({ message, seq, reaction: { emoji, by, at } }): ReactionDraft => {
    const { channel } = message;
    const common = { kind: 'reaction', channel, ref: seq, emoji, added: true } as const;
    return {
      ...common,
      by: subjectOf(source, by),
      admin: false,
      viewer: EVERY_PRIVATE_CHANNEL,
      at,
      server,
    };
  });
  for (const [i, result] of (await log.append(drafts)).entries()) {
    const { message, reaction } = reactions[i] as SeqReaction;
    if (result.outcome === 'stored') report.storedReactions++;
    else if (result.outcome === 'unchanged') report.repeatedReactions++;
    else if (result.outcome === 'refused') {
      report.leaveOut(reactionRefusal(result.reason), `${place(message)} ${reaction.emoji}`);
    }
  }
}

/** The subject of a person who has no account here. It is the same in each run. */
function subjectOf(source: string, id: string): string {
  const isShort = id.length <= ID_MAX;
  return `import:${source}:${isShort ? id : hash('sha256', id, 'base64url')}`;
}

function reactionRefusal(reason: string): string {
  if (reason === 'too-many-reactions') return 'reactions to messages that have too many emoji';
  if (reason === 'channel-closed') return 'reactions in channels that are closed here';
  if (reason === 'not-found') return 'reactions to messages that were deleted here';
  return `reactions that the store refused (${reason})`;
}

function draftOf(
  message: ReadMessage,
  { spool, source, server, report }: StoreOptions,
): MessageDraft {
  const { channel, id, at, username, text, root } = message;
  const replyTo = root === null ? undefined : spool.seqOf(channel, root);
  if (root !== null && replyTo === undefined) report.change(ALONE, place(message));
  return {
    kind: 'message',
    channel,
    username,
    message: text,
    at,
    server,
    author: null,
    viewer: EVERY_PRIVATE_CHANNEL,
    imported: true,
    key: keyOf(source, channel, id),
    ...(replyTo !== undefined && { replyTo }),
  };
}

/** The number of a message that is in the log; undefined when it is not. */
function seqOf(result: Appended): number | undefined {
  if (result.outcome === 'refused') return result.seq;
  return result.outcome === 'unchanged' ? undefined : result.event.seq;
}

function count(result: Appended, message: ReadMessage, report: Report): void {
  if (result.outcome === 'stored') report.stored++;
  else if (result.outcome === 'replayed') report.repeated++;
  else if (result.outcome === 'refused') report.leaveOut(refusal(result.reason), place(message));
}

/** The key begins with a space, which no key of a client has. */
function keyOf(source: string, channel: string, id: string): string {
  return ` import ${source} ${hash('sha256', `${channel}\0${id}`, 'base64url')}`;
}

const ALONE =
  'replies are messages of their own, because the export lacks the first of their thread';

function refusal(reason: string): string {
  // The name, the text and the thread are the only things that may differ under the same key.
  if (reason === 'idempotency-mismatch') return 'messages that changed since an earlier import';
  if (reason === 'channel-closed') return 'messages of channels that are closed here';
  if (reason === 'not-found') return 'replies to messages that were deleted here';
  return `messages that the store refused (${reason})`;
}

function place({ channel, at }: ReadMessage): string {
  return `${channel} ${new Date(at).toISOString()}`;
}
