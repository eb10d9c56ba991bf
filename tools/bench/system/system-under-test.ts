import type { PostTarget } from '../load/posting/poster-calls.ts';

/** The systems that the bench measures. */
export type SystemName = 'parley' | 'nchan' | 'centrifugo' | 'echo';

/** Where a running system accepts posts and serves streams. */
export interface LoadTarget {
  readonly name: SystemName;
  /** The port of its streams. */
  readonly port: number;
  /** True where frames of events have no `id`; then each frame with a stamp is an event. */
  readonly framesLackIds?: boolean;
  postTarget(channel: string): PostTarget;
  /** The head of a request for a channel's stream, without the empty line at its end. */
  streamRequest(channel: string): string;
}

/** A server with one main process. Disposing stops it. */
export interface SystemUnderTest extends LoadTarget, AsyncDisposable {
  /** Its main process. Measurements include the descendants. */
  readonly pid: number;
}
