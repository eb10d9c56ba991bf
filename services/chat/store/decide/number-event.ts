import { asEvent, asMessage, type ChannelRow, type StoredRow } from '../event-row.ts';
import type { Appended, Draft } from '../store.ts';
import type { NewEvent } from './decide.ts';

/** An event with its number: what to write, and the outcome of its draft. */
export interface NumberedEvent<C extends ChannelRow>
  extends Pick<NewEvent, 'changed' | 'vote' | 'reaction' | 'audit' | 'parent'> {
  appended: Appended;
  /** The channel's row after the event. */
  channel: C;
  added: StoredRow;
  /** The accounts that message `seq` mentions from now on. */
  mentioned?: { seq: number; accounts: string[] } | undefined;
}

/** Gives an event the channel's next number. */
export function numberEvent<C extends ChannelRow>(
  channel: Readonly<C>,
  draft: Draft,
  { row, text, mentioned, closed = channel.closed, ...writes }: NewEvent,
): NumberedEvent<C> {
  const { changed } = writes;
  const { epoch } = channel;
  const seq = channel.head + 1;
  const added: StoredRow = { ...row, seq };
  const shown =
    text === undefined ? added : { ...added, message: text, mentions: changed?.mentions ?? null };
  const event = asEvent(draft.channel, epoch, shown);
  const { server } = draft;
  const isPrivate = channel.private === 1 && ({ private: true } as const);
  const stored = { outcome: 'stored', event, server, ...isPrivate } as const;
  const message = changed && asMessage(draft.channel, epoch, changed);
  return {
    ...writes,
    appended: message ? { ...stored, message } : stored,
    channel: { ...channel, head: seq, closed },
    added,
    mentioned: mentioned && { seq: changed?.seq ?? seq, accounts: mentioned },
  };
}
