import type { Side } from '@parley/contract/channels/topic.ts';
import type { ChatEvent, ChatMessage, TypedEvent } from '@parley/contract/events/event.ts';
import type { VoteValue } from '@parley/contract/events/vote.ts';
import type { JsonText } from '@parley/contract/json-text.ts';
import type { Viewer } from '@parley/kit/viewer.ts';
import type { AuditDraft } from './people/audit.ts';

/** What every draft of an event has. `at` is in milliseconds since 1970 (UTC). */
interface CommonDraft {
  channel: string;
  server: string;
  at: number;
  /** As whom it enters the channel when that is private; absent: as none. */
  viewer?: Viewer;
}

/** What the drafts of a message and of a typed event have. */
interface CommonPostDraft extends CommonDraft {
  /** Empty for a typed event without a name. */
  username: string;
  /** The subject of the author; null for a guest. */
  author: string | null;
  /** The `Idempotency-Key`: a repeat within the channel stores nothing. */
  key?: string;
  /**
   * The message comes from elsewhere and keeps its name, even when an account here has that name.
   */
  imported?: true;
}

/** A name that a message mentions. */
export interface Mentioned {
  name: string;
  /** The id of the account with that name, or `EVERYONE` (decide/mentions.ts). */
  accountId?: string;
}

export interface MessageDraft extends CommonPostDraft {
  kind: 'message';
  message: string;
  data?: JsonText;
  /** The seq of the message that this one replies to. */
  replyTo?: number;
  /** True for an administrator, who may mention everyone. */
  admin?: boolean;
  /** The names in the text, which the store finds. */
  mentions?: Mentioned[];
}

/** The draft of a typed event. */
export interface EventDraft extends CommonPostDraft {
  kind: 'event';
  type: string;
  data: JsonText;
}

/** The drafts that clients post; the others change or close what is there. */
export type PostDraft = MessageDraft | EventDraft;

/**
 * A change to a message: `ref` is the message's seq, `by` the subject that changes it. `admin` is
 * true for an administrator.
 */
interface CommonChangeDraft extends CommonDraft {
  ref: number;
  by: string;
  admin: boolean;
}

/** A voter has one vote on a message; 0 takes the vote back. */
export interface VoteDraft extends CommonChangeDraft {
  kind: 'vote';
  value: VoteValue;
}

/** A subject has one reaction of each emoji on a message; `added` is false to take it back. */
export interface ReactionDraft extends CommonChangeDraft {
  kind: 'reaction';
  emoji: string;
  added: boolean;
}

export interface EditDraft extends CommonChangeDraft {
  kind: 'edit';
  message: string;
  /** As in the draft of a message. */
  mentions?: Mentioned[];
}

export interface DeleteDraft extends CommonChangeDraft {
  kind: 'delete';
  /** Kept when an administrator deletes the message of another author. */
  audit?: AuditDraft;
}

/** Closes or reopens a channel. No message can be posted in a closed channel. */
export interface ClosingDraft extends CommonDraft {
  kind: 'close' | 'reopen';
  /** True to archive the channel, or to reopen it only when it is archived. */
  archived?: boolean;
  /** Kept with the event. */
  audit?: AuditDraft;
}

/** The draft of any event. */
export type Draft = PostDraft | VoteDraft | ReactionDraft | EditDraft | DeleteDraft | ClosingDraft;

/** Why a draft is not stored. */
export type Refusal =
  | 'idempotency-mismatch'
  | 'channel-closed'
  | 'too-many-reactions'
  | 'muted'
  | 'name-taken'
  | 'not-found'
  | 'invalid-reply'
  | 'no-channel'
  | 'forbidden'
  | 'malformed-request';

/**
 * The outcome of a draft: `stored`, `replayed` (the key is known and the body is the same),
 * `unchanged` (there is nothing to change), or `refused`. `message` is the current state of the
 * message that a change is about. `server` is the server that stored it. `seq` is the number of the
 * event that has the key, in an `idempotency-mismatch`. `private`: the event
 * is of a private channel.
 */
export type Appended =
  | {
      outcome: 'stored';
      event: ChatEvent;
      message?: ChatMessage;
      server: string;
      private?: true;
    }
  | { outcome: 'replayed'; event: Posted; server: string }
  | { outcome: 'unchanged'; message?: ChatMessage; server: string }
  | { outcome: 'refused'; reason: Refusal; seq?: number };

/** A post before its server and time are known. */
export type UnplacedPost = Unplaced<MessageDraft> | Unplaced<EventDraft>;
type Unplaced<D> = Omit<D, 'server' | 'at'>;

/** An event that a client posted. */
export type Posted = ChatMessage | TypedEvent;

/** True for a draft that a client posts. */
export function isPostDraft(draft: Draft): draft is PostDraft {
  return draft.kind === 'message' || draft.kind === 'event';
}

/** Which events of a channel: seqs between `after` and `before`, both excluded. */
export interface PageQuery {
  channel: string;
  /** As whom the channel is read when it is private; absent: as none. Others see no channel. */
  viewer?: Viewer;
  after: number;
  before: number;
  limit: number;
  /**
   * True: the last events of the range; false: the first ones. The order is rising in both cases.
   */
  newest: boolean;
  /** The subject whose own reactions the messages have as `mine`. */
  mineOf?: string | undefined;
}

/**
 * A page of a channel. It has fewer events than asked for when they are long. `epoch` is null and
 * `head` 0 when the channel has never had an event.
 */
export interface Page {
  epoch: string | null;
  head: number;
  events: ChatEvent[];
  /** True when the channel is closed at `head`. */
  closed: boolean;
  /** Present when it is archived as well. */
  archived?: true;
}

/** Which messages of a thread: the message `thread` and the replies to it, in the range of a page. */
export interface ThreadQuery extends PageQuery {
  thread: number;
}

/** A page of a thread. `more` is true when the range has messages beyond it. */
export interface ThreadPage extends Page {
  more: boolean;
}

/** Which events of a channel are kept. `limit` bounds how many events are removed at once. */
export interface TrimQuery {
  channel: string;
  /** Number of the newest events to keep. */
  keepEvents: number;
  /**
   * Events since this time are kept, milliseconds since 1970 (UTC). An event is removed when it is
   * beyond either bound.
   */
  keepSince: number;
  /** An event with a later time (an import, a wrong clock) is removed with the events after it. */
  now: number;
  limit: number;
}

export interface ChannelQuery {
  /** Names greater than this one. */
  after: string;
  limit: number;
  /** Only these, where given. */
  names?: string[];
  /**
   * As whom private channels are listed; absent: as none, so that the list has no private channel. To a
   * member those without events are listed, too.
   */
  viewer?: Viewer;
  /** Only private channels. */
  onlyPrivate?: boolean;
  /**
   * The channels with the newest events first, in place of by name; `after` and `names` do not count.
   * Only public channels, which reads all channels; or with `onlyPrivate` those of an account.
   */
  newestFirst?: boolean;
}

export interface ChannelState {
  channel: string;
  epoch: string;
  head: number;
  /**
   * Time of the newest event, or of a private channel without events, when it was made; milliseconds
   * since 1970 (UTC).
   */
  at: number;
  /** Present for a private channel. */
  private?: true;
  /** Present for an archived channel. */
  archived?: true;
}

/** On which side of its channel a post would be, and why it would be refused now. */
export interface PostPreview {
  side: Side;
  refusal: Refusal | undefined;
}

/** The log of every channel. */
export interface Store extends AsyncDisposable {
  /**
   * Stores a batch in one transaction: all of it is durable when this resolves, none of it is
   * stored when it rejects. In each channel seq order is commit order.
   */
  append(batch: Draft[]): Promise<Appended[]>;
  page(query: PageQuery): Promise<Page>;
  /** A page of a thread; undefined when there is no such message. */
  thread(query: ThreadQuery): Promise<ThreadPage | undefined>;
  /** What would become of a post at a time. Nothing is written. */
  preview(post: UnplacedPost, at: number): Promise<PostPreview>;
  channels(query: ChannelQuery): Promise<ChannelState[]>;
  /** Removes a channel's oldest events that are no longer kept. Resolves with their number. */
  trim(query: TrimQuery): Promise<number>;
  /** Resolves when the store accepts writes. */
  check(): Promise<void>;
}
