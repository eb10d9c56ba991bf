import type { Deletion, Edit, LogEvent, Message, Reaction, Vote } from '@parley/client';

/** Whether a channel is closed, and archived as well, and the `seq` of the event that decided it. */
export interface Closing {
  closed: boolean;
  archived?: true;
  seq: number;
}

/** The newest vote, edit and deletion of one message, and its newest reaction of each emoji. */
export interface MessageChanges {
  vote?: Vote;
  reactions?: Readonly<Record<string, Reaction>>;
  edit?: Edit;
  delete?: Deletion;
}

/** An event that changes a message. */
type MessageEvent = Vote | Reaction | Edit | Deletion;

/** The changes of messages, by the messages' seqs. */
export type Changes = ReadonlyMap<number, MessageChanges>;

/** The changes of at most this number of messages are kept. */
const MOST_CHANGES = 3000;

/** True for a message; false for an event that changes a message or the channel. */
export function isMessage(event: LogEvent): event is Message {
  return event.kind === 'message';
}

/** The known changes after these events, in order of arrival. */
export function changesAfter(changes: Changes, events: readonly LogEvent[]): Changes {
  const referring = events.filter((event) => 'ref' in event);
  if (referring.length === 0) return changes;
  const next = new Map(changes);
  for (const event of referring) {
    const known = next.get(event.ref);
    next.delete(event.ref);
    next.set(event.ref, { ...known, ...changeOf(known, event) });
  }
  for (const ref of next.keys()) {
    if (next.size <= MOST_CHANGES) break;
    next.delete(ref);
  }
  return next;
}

/**
 * The message with its changes applied. Returns the same object if nothing is new, so that its row
 * is not drawn again. A deleted message has no text, in any order of arrival.
 */
export function changedMessage(message: Message, changes: MessageChanges): Message {
  const { reactions: _, ...others } = message;
  const reactions = counts(message, changes);
  const after: Message = {
    ...others,
    ...(reactions && { reactions }),
    ...tallies(message, changes),
    ...currentText(message, changes),
  };
  const same =
    reactions === message.reactions &&
    after.up === message.up &&
    after.down === message.down &&
    after.message === message.message &&
    after.edited === message.edited &&
    after.deleted === message.deleted;
  return same ? message : after;
}

/** Whether the channel is closed after these events. They may arrive in any order. */
export function closingAfter(closing: Closing, events: readonly LogEvent[]): Closing {
  return events.reduce((known, event) => {
    const isClosing = event.kind === 'close' || event.kind === 'reopen';
    if (!isClosing || event.seq <= known.seq) return known;
    const { kind, seq, archived } = event;
    return { closed: kind === 'close', seq, ...(archived && { archived }) };
  }, closing);
}

function tallies(message: Message, { vote }: MessageChanges) {
  const { up, down } = vote ?? message;
  return { up, down };
}

function currentText(message: Message, { edit, delete: deleted }: MessageChanges) {
  if (message.deleted || deleted) return { message: '', deleted: true } as const;
  if (edit) {
    const hasMentions = message.mentions !== undefined || edit.mentions !== undefined;
    const mentions = hasMentions && { mentions: edit.mentions ?? [] };
    return { message: edit.message, edited: edit.at, ...mentions };
  }
  return {};
}

function changeOf(known: MessageChanges | undefined, event: MessageEvent): MessageChanges {
  if (event.kind !== 'reaction') return { [event.kind]: newer(known?.[event.kind], event) };
  const { emoji } = event;
  const reactions = known?.reactions;
  return { reactions: { ...reactions, [emoji]: newer(reactions?.[emoji], event) } };
}

/** The counts with the newest reactions; the same object if nothing is new. */
function counts(
  { reactions, deleted }: Message,
  changes: MessageChanges,
): Message['reactions'] | undefined {
  if (deleted || changes.delete) return undefined;
  const news = Object.values(changes.reactions ?? {}).filter(
    ({ emoji, count }) => count !== (reactions?.[emoji] ?? 0),
  );
  if (news.length === 0) return reactions;
  const after = { ...reactions, ...Object.fromEntries(news.map((one) => [one.emoji, one.count])) };
  const left = Object.entries(after).filter(([, count]) => count > 0);
  return left.length > 0 ? Object.fromEntries(left) : undefined;
}

function newer<E extends LogEvent>(known: E | undefined, event: E): E {
  return known && known.seq > event.seq ? known : event;
}
