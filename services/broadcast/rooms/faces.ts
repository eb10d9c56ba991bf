import { hash } from 'node:crypto';
import type { Face } from '@parley/contract/channels/topic.ts';
import type { LiveChannel } from '../channel/live-channel.ts';
import type { LiveChannels } from '../channel/live-channels.ts';
import type { LogPages } from '../channel/log-pages.ts';
import type { Room } from './rooms.ts';

/** The live channels here, of both sides of their names. */
export class Faces {
  readonly #sides: Record<Face, LiveChannels>;
  /** The state that every stream here follows, of live private channels, as a digest. */
  #followed = new WeakMap<LiveChannel, string>();

  constructor(sides: Record<Face, LiveChannels>) {
    this.#sides = sides;
  }

  /** The live channels of one side. */
  of(face: Face): LiveChannels {
    return this.#sides[face];
  }

  /** A channel for one more reader, as on `LiveChannels`. */
  acquire(name: string, face: Face): LiveChannel {
    const room = this.#sides.private.find(name);
    // The new reader may have come by an older state.
    if (room) this.#followed.delete(room);
    return this.#sides[face].acquire(name);
  }

  release(channel: LiveChannel): void {
    this.#sides[channel.face].release(channel);
  }

  /** Notes that every stream here follows this state of a channel; undefined: it is public. */
  follow(name: string, state: Room | undefined): void {
    const room = this.#sides.private.find(name);
    if (room) this.#followed.set(room, digestOf(state));
  }

  /** True when every stream here follows this state of a channel, and no reader has come since. */
  follows(name: string, state: Room | undefined): boolean {
    const room = this.#sides.private.find(name);
    return room !== undefined && this.#followed.get(room) === digestOf(state);
  }

  /** Notes that a stream has other rights now, and may follow no state as it should. */
  unfollow(): void {
    this.#followed = new WeakMap();
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

/** Equal for equal members; the first event counts, too, because streams with patterns begin then. */
function digestOf(room: Room | undefined): string {
  return room ? hash('sha256', JSON.stringify([room.head > 0, ...room.members])) : 'public';
}
