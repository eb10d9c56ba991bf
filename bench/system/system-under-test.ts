import type { PostTarget } from '../load/poster-calls.ts';

/** A running server that takes posts and streams them. Disposing it stops it. */
export interface SystemUnderTest extends AsyncDisposable {
  readonly name: 'parley' | 'nchan';
  readonly port: number;
  /** Its first process; what descends from it counts too. */
  readonly pid: number;
  postTarget(channel: string): PostTarget;
  /** The head of a request for a channel's stream, without the empty line that ends it. */
  streamRequest(channel: string): string;
}
