import { hash } from 'node:crypto';
import type { OpenedStore } from '../../store/opened-store.ts';
import type { Appended, MessageDraft } from '../../store/store.ts';
import { inGroups } from './gathering.ts';
import type { Report } from './report.ts';
import type { ReadMessage, Spool } from './spool.ts';

/** What the import needs of the store. */
export type Log = Pick<OpenedStore, 'append'>;

interface StoreOptions {
  spool: Spool;
  /** `slack` or `mattermost`: the first part of the keys. */
  source: string;
  server: string;
  report: Report;
  progress: (done: number) => void;
}

/**
 * Appends the messages of the spool to their channels, with their times and names, and answers with
 * the message that they answer. Each has a key that is made of its channel and id in the export, so
 * that a message which an earlier run stored is not stored again.
 */
export async function storeMessages(log: Log, options: StoreOptions): Promise<void> {
  let done = 0;
  for (const group of inGroups(options.spool.messages())) {
    await storeGroup(log, group, options);
    done += group.length;
    options.progress(done);
  }
}

async function storeGroup(log: Log, group: ReadMessage[], options: StoreOptions): Promise<void> {
  const { spool, report } = options;
  const results = await log.append(group.map((message) => draftOf(message, options)));
  for (const [i, result] of results.entries()) {
    const message = group[i] as ReadMessage;
    count(result, message, report);
    const seq = seqOf(result);
    if (message.isRoot && seq !== undefined) spool.noteSeq(message, seq);
  }
}

function draftOf(
  message: ReadMessage,
  { spool, source, server, report }: StoreOptions,
): MessageDraft {
  const { channel, id, at, username, text, root } = message;
  const replyTo = root === null ? undefined : spool.seqOf(channel, root);
  if (root !== null && replyTo === undefined) report.change(ALONE, place(message));
  return {
    ...({ kind: 'message', channel, username, message: text, at, server } as const),
    author: null,
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
  'answers are messages of their own, because the export lacks the first of their thread';

function refusal(reason: string): string {
  // The name, the text and the thread are the only things that may differ under the same key.
  if (reason === 'idempotency-mismatch') return 'messages that changed since an earlier import';
  if (reason === 'channel-closed') return 'messages of channels that are closed here';
  if (reason === 'not-found') return 'answers to messages that were deleted here';
  return `messages that the store refused (${reason})`;
}

function place({ channel, at }: ReadMessage): string {
  return `${channel} ${new Date(at).toISOString()}`;
}
