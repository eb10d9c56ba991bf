import type { PostTarget } from '../load/poster-calls.ts';

/** Where something that runs takes posts and streams them. */
export interface LoadTarget {
  readonly name: 'parley' | 'nchan';
  /** Where it streams. */
  readonly port: number;
  postTarget(channel: string): PostTarget;
  /** The head of a request for a channel's stream, without the empty line that ends it. */
  streamRequest(channel: string): string;
}

/** A server that runs as one process. Disposing it stops it. */
export interface SystemUnderTest extends LoadTarget, AsyncDisposable {
  /** Its first process; what descends from it counts too. */
  readonly pid: number;
}
