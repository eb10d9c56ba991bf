import type { ChatEvent } from '@parley/contract/event.ts';
import type { Hello } from '@parley/contract/sse.ts';
import type { StreamStatus } from './channel-stream.ts';
import type { Presence } from './presence.ts';
import type { Standing } from './standing.ts';

/** All that a tab has to know of the stream that another one holds. */
export interface SharedState {
  status: StreamStatus;
  hello: Hello | undefined;
  presence: Presence | undefined;
  /** The last event that the leader has told. */
  standing: Standing | undefined;
}

/** What a follower asks of the leader: its state, or to find out whether its connection is alive. */
export type FollowerNote = { type: 'ask' } | { type: 'look' } | { type: 'expect'; place: Standing };

/** What the tabs of a browser say to each other about a channel's stream. */
export type TabNote =
  | FollowerNote
  | ({ type: 'state' } & SharedState)
  | { type: 'event'; event: ChatEvent }
  | { type: 'restart' }
  | { type: 'refused' }
  | LeadNote;

/** How tabs without Web Locks agree on a leader. */
export type LeadNote = { type: 'lead'; tab: string } | { type: 'leave' };

/** What a stream needs of a BroadcastChannel, which never brings a tab its own notes. */
export interface TabNotes {
  postMessage(note: TabNote): void;
  addEventListener(type: 'message', listener: (event: { data: TabNote }) => void): void;
  close(): void;
}
