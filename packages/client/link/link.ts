import type { ParleyError } from '../error.ts';
import type { ChannelState, LogEvent, Mute, ReadPosition, Reset, Signal } from '../events.ts';
import type { PresenceChange } from '../presence.ts';

/** The state of a connection: `idle` while no channel is wanted. */
export type LinkState = 'idle' | 'connecting' | 'live' | 'reconnecting';

/** Most channels of one stream. */
export const CHANNELS_MAX = 100;

/** The begin of a stream. */
export interface Greeting {
  /** The replica. */
  server: string;
  /** The name of the stream, for the renewal of a session; undefined in a tab without a connection. */
  stream: string | undefined;
  /** The names and patterns that the stream was opened with. */
  asked: ReadonlySet<string>;
  /** The state of the channels, before their events. */
  states: ChannelState[];
  /**
   * The stream sends what is missing of these channels; what is missing of the others must be read
   * from the log.
   */
  covered: ReadonlySet<string>;
  /** True for a further stream, beside the one that the link resumes. */
  isMore: boolean;
}

/** What a link brings to its client. */
export interface LinkListener {
  onState(state: LinkState): void;
  onHello(greeting: Greeting): void;
  onEvent(event: LogEvent): void;
  onSignal(signal: Signal): void;
  onPresence(presence: PresenceChange): void;
  /** The account has read a channel, here or on another device. */
  onRead(position: ReadPosition): void;
  /** The account was muted in a channel, or its mute was changed or ended. */
  onMute(mute: Mute): void;
  /** `state` is where the channel goes on. */
  onReset(reset: Reset, state: ChannelState | undefined): void;
  /** There is no connection because of the token, or for a reason of no channel; attempts go on. */
  onTrouble(error: ParleyError): void;
  /** A channel may not be read. */
  onRefused(channel: string, error: ParleyError): void;
}

/** Brings the events of channels, by a connection of its own or by that of another tab. */
export interface Link {
  /** The channels and patterns that are wanted from now on. */
  want(names: readonly string[]): void;
  /** Opens a new connection, because the network has changed. */
  reopen(): void;
  /** The connection did not bring what it should have: opens a new one, unless it is new itself. */
  doubt(): void;
  /** Leaves the connection to the other tabs, because the browser is about to freeze this one. */
  rest(): void;
  /** Ends the rest. */
  wake(): void;
  close(): void;
}

/** Where a new connection resumes. */
export interface ResumePoint {
  /** The newest id; empty before the first event. */
  lastId: string;
  /** The channels that the id has a position of. */
  covered: ReadonlySet<string>;
  /** The names and patterns of the stream that the id is of. */
  asked: ReadonlySet<string>;
}

export const NO_RESUME: ResumePoint = { lastId: '', covered: new Set(), asked: new Set() };
