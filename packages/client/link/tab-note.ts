import type { ChannelState, LogEvent, Presence, Reset, Signal } from '../events.ts';
import type { LinkState } from './link.ts';

/** What the tabs of a browser send each other. `tab` is the name of the sender. */
export type TabNote =
  /** Of every tab: the channels that it wants. The leader answers with `heads`. */
  | { type: 'want'; tab: string; names: readonly string[] }
  | { type: 'bye'; tab: string }
  /** Of a tab that leads from now on: the others send `want`. */
  | { type: 'lead' }
  | { type: 'beat' }
  | { type: 'state'; state: LinkState }
  | { type: 'hello'; states: ChannelState[]; covered: string[] }
  /** The channels of a tab for which the stream has no room. */
  | { type: 'full'; to: string; names: string[] }
  /** The state of the channels that a tab wants. */
  | { type: 'heads'; to: string; states: ChannelState[]; state: LinkState }
  | { type: 'event'; event: LogEvent; id: string }
  | { type: 'signal'; signal: Signal }
  | { type: 'presence'; presence: Presence }
  | { type: 'reset'; reset: Reset; state: ChannelState | undefined }
  | { type: 'refused'; channel: string; error: { message: string; status: number; code: string } };
