import { hash } from 'node:crypto';
import type { Side } from '@parley/contract/channels/topic.ts';
import type { LiveChannel } from '../channel/live-channel.ts';
import type { LiveChannels } from '../channel/live-channels.ts';
import type { LogPages } from '../channel/log-pages.ts';
import type { PrivateChannel } from './private-channel.ts';

/** The live channels here, of both sides of their names. */
export class Sides {
  readonly #sides: Record<Side, LiveChannels>;
  /** The state that every stream here follows, of live private channels, as a digest. */
  #followed = new WeakMap<LiveChannel, string>();

  constructor(sides: Record<Side, LiveChannels>) {
    this.#sides = sides;
  }

  /** The live channels of one side. */
  of(side: Side): LiveChannels {
    return this.#sides[side];
  }

  /** A channel for one more reader, as on `LiveChannels`. */
  acquire(name: string, side: Side): LiveChannel {
    const live = this.#sides.private.find(name);
    // The new reader may have come by an older state.
    if (live) this.#followed.delete(live);
    return this.#sides[side].acquire(name);
  }

  release(channel: LiveChannel): void {
    this.#sides[channel.side].release(channel);
  }

  /** Notes that every stream here follows this state of a channel; undefined: it is public. */
  follow(name: string, state: PrivateChannel | undefined): void {
    const live = this.#sides.private.find(name);
    if (live) this.#followed.set(live, digestOf(state));
  }

  /** True when every stream here follows this state of a channel, and no reader has come since. */
  follows(name: string, state: PrivateChannel | undefined): boolean {
    const live = this.#sides.private.find(name);
    return live !== undefined && this.#followed.get(live) === digestOf(state);
  }

  /** Notes that a stream has other rights now, and may follow no state as it should. */
  unfollow(): void {
    this.#followed = new WeakMap();
  }

  /** The log in pages, as the readers of a channel see it. */
  pagesOf({ side }: LiveChannel): LogPages {
    return this.#sides[side].pages;
  }

  /** Closes a channel on both sides, although it has readers. */
  drop(name: string): void {
    for (const side of Object.values(this.#sides)) side.drop(name);
  }

  closeAll(): void {
    for (const side of Object.values(this.#sides)) side.closeAll();
  }

  /** Adds up a number of each side. */
  sum(count: (side: LiveChannels) => number): number {
    return count(this.#sides.public) + count(this.#sides.private);
  }
}

/** Equal for equal members; the first event counts, too, because streams with patterns begin then. */
function digestOf(state: PrivateChannel | undefined): string {
  return state ? hash('sha256', JSON.stringify([state.head > 0, ...state.members])) : 'public';
}
