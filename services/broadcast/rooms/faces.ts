import type { Face } from '@parley/contract/channels/topic.ts';
import type { LiveChannel } from '../channel/live-channel.ts';
import type { LiveChannels } from '../channel/live-channels.ts';
import type { LogPages } from '../channel/log-pages.ts';

/** The live channels here, of both sides of their names. */
export class Faces {
  readonly #sides: Record<Face, LiveChannels>;

  constructor(sides: Record<Face, LiveChannels>) {
    this.#sides = sides;
  }

  /** The live channels of one side. */
  of(face: Face): LiveChannels {
    return this.#sides[face];
  }

  /** A channel for one more reader, as on `LiveChannels`. */
  acquire(name: string, face: Face): LiveChannel {
    return this.#sides[face].acquire(name);
  }

  release(channel: LiveChannel): void {
    this.#sides[channel.face].release(channel);
  }

  /** The log in pages, as the readers of a channel see it. */
  pagesOf({ face }: LiveChannel): LogPages {
    return this.#sides[face].pages;
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
