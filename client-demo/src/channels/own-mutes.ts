import type { Mute } from '@parley/client';
import type { ListedChannel } from './channel-entry.ts';

/** In which channels the account is muted, as the last list says, and the stream since then. */
export class OwnMutes {
  #ends = new Map<string, string>();

  /** Until when the account is muted in a channel (ISO 8601). */
  until(channel: string): string | undefined {
    const until = this.#ends.get(channel);
    return until !== undefined && Date.parse(until) > Date.now() ? until : undefined;
  }

  list(listed: readonly ListedChannel[]): void {
    this.#ends = new Map(
      listed.flatMap(({ channel, mutedUntil }) => (mutedUntil ? [[channel, mutedUntil]] : [])),
    );
  }

  change({ channel, until }: Mute): void {
    if (until === null) this.#ends.delete(channel);
    else this.#ends.set(channel, until);
  }

  /** Forgets the mutes: they are of another account. */
  clear(): void {
    this.#ends.clear();
  }
}
