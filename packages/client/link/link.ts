import type { ParleyError } from '../error.ts';
import type { ChannelState, LogEvent, Presence, Reset, Signal } from '../events.ts';

/** The state of a connection: `idle` while no channel is wanted. */
export type LinkState = 'idle' | 'connecting' | 'live' | 'reconnecting';

/** Most channels of one stream. */
export const CHANNELS_MAX = 100;

/** What a link brings to its client. */
export interface LinkListener {
  onState(state: LinkState): void;
  /**
   * The state of channels, before their events. The stream sends what is missing of the channels that
   * are `covered`; what is missing of the others must be read from the log.
   */
  onHello(states: ChannelState[], covered: ReadonlySet<string>): void;
  onEvent(event: LogEvent): void;
  onSignal(signal: Signal): void;
  onPresence(presence: Presence): void;
  /** `state` is where the channel goes on. */
  onReset(reset: Reset, state: ChannelState | undefined): void;
  /** A channel may not be read. */
  onRefused(channel: string, error: ParleyError): void;
}

/** Brings the events of channels, by a connection of its own or by that of another tab. */
export interface Link {
  /** The channels that are wanted from now on. */
  want(names: readonly string[]): void;
  close(): void;
}

/** Where a new connection resumes. */
export interface ResumePoint {
  /** The newest id; empty before the first event. */
  lastId: string;
  /** The channels that the id has a position of. */
  covered: ReadonlySet<string>;
}
