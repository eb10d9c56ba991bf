import type { ChatEvent } from '@parley/contract/events/event.ts';
import type { Hello } from '@parley/contract/streams/sse.ts';
import type { Presence } from '../channels/presence.ts';
import type { Position } from '../history/position.ts';
import type { StreamStatus } from './channel-stream.ts';

/** What a follower tab needs to know of the leader tab's stream. */
export interface SharedState {
  status: StreamStatus;
  hello: Hello | undefined;
  presence: Presence | undefined;
  /** The position of the last event that the leader sent. */
  position: Position | undefined;
}

/** A follower's question to the leader: its state, or a check that its connection is alive. */
export type FollowerNote =
  | { type: 'ask' }
  | { type: 'look' }
  | { type: 'expect'; position: Position };

/** What the tabs of a browser send each other about a channel's stream. */
export type TabNote =
  | FollowerNote
  | ({ type: 'state' } & SharedState)
  | { type: 'event'; event: ChatEvent }
  | { type: 'restart' }
  | { type: 'refused' }
  | LeadNote;

/** How tabs without Web Locks agree on a leader. */
export type LeadNote = { type: 'lead'; tab: string } | { type: 'leave' };

/**
 * What a stream uses of a BroadcastChannel. A BroadcastChannel does not deliver a tab's own notes
 * to it.
 */
export interface TabNotes {
  postMessage(note: TabNote): void;
  addEventListener(type: 'message', listener: (event: { data: TabNote }) => void): void;
  close(): void;
}
