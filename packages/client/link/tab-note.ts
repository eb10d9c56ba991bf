import type { ParleyError } from '../error.ts';
import type { ChannelState, LogEvent, Mute, ReadPosition, Reset, Signal } from '../events.ts';
import type { PresenceChange } from '../presence.ts';
import type { LinkState } from './link.ts';

/** What the tabs of a browser send each other. `tab` is the name of the sender. */
export type TabNote = NoteToLeader | NoteOfLeader;

export type NoteToLeader =
  /** The channels and patterns that a tab wants. The leader answers with `heads`. */
  | { type: 'want'; tab: string; names: readonly string[] }
  /** A tab that goes, or rests. `led`: it has the connection no more. */
  | { type: 'bye'; tab: string; led: boolean }
  /** The connection did not bring what it should have. */
  | { type: 'doubt' };

export type NoteOfLeader =
  /** A tab leads from now on: the others send `want`. */
  | { type: 'lead'; tab: string }
  | { type: 'beat' }
  | { type: 'state'; state: LinkState }
  | {
      type: 'hello';
      server: string;
      asked: string[];
      states: ChannelState[];
      covered: string[];
      isMore: boolean;
    }
  /** The channels of a tab for which the stream has no space. */
  | { type: 'full'; to: string; names: string[] }
  /** The state of the channels that a tab wants. */
  | {
      type: 'heads';
      to: string;
      server: string;
      asked: string[];
      states: ChannelState[];
      state: LinkState;
    }
  | { type: 'event'; event: LogEvent; id: string }
  | { type: 'signal'; signal: Signal }
  | { type: 'presence'; presence: PresenceChange }
  | { type: 'read'; position: ReadPosition }
  | { type: 'mute'; mute: Mute }
  | { type: 'reset'; reset: Reset; state: ChannelState | undefined }
  | { type: 'trouble'; error: TabError }
  | { type: 'refused'; channel: string; error: TabError };

/** An error has a class of its own, which tabs cannot send. */
type TabError = Pick<ParleyError, 'message' | 'status' | 'code'>;
