import type { ChatClient } from '@parley/kit/chat-client.ts';
import type { Log } from '@parley/kit/log/log.ts';
import { repeat } from '@parley/kit/repeat.ts';
import { inBatches } from '../channel/head-watch.ts';
import type { LiveChannel } from '../channel/live-channel.ts';
import type { Access } from './access.ts';
import { PRIVATE_AT_ONCE } from './known-access.ts';
import { stateOf } from './private-channel.ts';

const PERIOD_MS = 3_000;
/** While the bus is down, only the log brings events. */
const PERIOD_WITHOUT_BUS_MS = 500;
/** How long the readers of private channels stay while chat does not confirm them. */
const UNCONFIRMED_MS = 10_000;

interface AccessWatchParts {
  chat: Pick<ChatClient, 'privateChannels' | 'nameNow'>;
  access: Pick<Access, 'seen' | 'update' | 'cut' | 'renamed' | 'findUnknown'>;
  channels: () => LiveChannel[];
  busConnected: () => boolean;
  log: Log;
}

/**
 * Compares every live private channel with the log's head and with its members, every few seconds.
 * This finds a lost last event and a lost notice. When chat does not answer for too long, the readers
 * are cut, and streams get their channels back once it answers; a WebSocket subscribes again.
 */
export class AccessWatch implements Disposable {
  readonly #parts: AccessWatchParts;
  readonly #stop = new AbortController();
  readonly #confirmedAt = new WeakMap<LiveChannel, number>();

  constructor(parts: AccessWatchParts) {
    this.#parts = parts;
    void repeat(() => this.#compareAll(), {
      signal: this.#stop.signal,
      pauseMs: () => (parts.busConnected() ? PERIOD_MS : PERIOD_WITHOUT_BUS_MS),
      onFailure: (cause, inARow) => {
        if (inARow > 1) return;
        parts.log.warn(
          { cause: String(cause) },
          'private channels cannot be compared with the log',
        );
      },
    });
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #compareAll(): Promise<void> {
    for (const some of inBatches(this.#parts.channels(), PRIVATE_AT_ONCE)) {
      await this.#compareSome(some);
    }
    await this.#parts.access.findUnknown();
  }

  async #compareSome(channels: LiveChannel[]): Promise<void> {
    const lasts = new Map(channels.map((channel) => [channel, channel.last]));
    const { chat, access } = this.#parts;
    const { seen } = access;
    try {
      const found = await chat.privateChannels(channels.map(({ name }) => name));
      const states = new Map(found.map((state) => [state.channel, state]));
      for (const channel of channels) {
        const state = states.get(channel.name);
        this.#confirmedAt.set(channel, performance.now());
        const to = state ? undefined : await chat.nameNow(channel.name).catch(() => undefined);
        if (to !== undefined) await access.renamed(channel.name, to);
        else access.update(channel.name, state?.private ? stateOf(state) : undefined, seen);
        if (state) channel.compare(state, lasts.get(channel) ?? 0);
      }
    } catch (error) {
      for (const channel of channels) this.#cutUnconfirmed(channel);
      throw error;
    }
  }

  #cutUnconfirmed(channel: LiveChannel): void {
    const now = performance.now();
    const since = this.#confirmedAt.get(channel) ?? now;
    this.#confirmedAt.set(channel, since);
    if (now - since > UNCONFIRMED_MS) this.#parts.access.cut(channel.name);
  }
}
