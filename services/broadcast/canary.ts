import { randomUUID } from 'node:crypto';
import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import type { ChatClient } from '@parley/kit/chat-client.ts';
import type { Log } from '@parley/kit/log/log.ts';
import { repeat } from '@parley/kit/repeat.ts';
import { causeOf } from './cause-of.ts';
import type { LiveChannels } from './channel/live-channels.ts';
import type { Reader } from './channel/readers.ts';
import { sseFraming } from './framing/sse-framing.ts';
import type { BroadcastMetrics } from './metrics.ts';

/** Settings of the canary. */
export interface CanaryConfig {
  serverName: string;
  canarySeconds: number;
}

interface CanaryParts {
  channels: LiveChannels;
  chat: ChatClient;
  /** Gives the token to post with, where one is needed. */
  token: () => string | undefined;
  log: Log;
  metrics: BroadcastMetrics;
}

/** How long a canary may take to arrive. */
const ARRIVAL_LIMIT_MS = 10_000;
/** Periods without an arrival after which the check fails. */
const SILENT_PERIODS = 3;
const USERNAME_MAX = 64;
/** No account has a name with an "@" in it. */
const NAME_PREFIX = 'canary@';

/**
 * Posts a test message again and again to chat by HTTP. From there it goes over bus or log to the
 * hub of this process, as to any reader. Its arrival is the only proof that messages arrive.
 */
export class Canary implements Reader, Disposable {
  readonly framing = sseFraming;
  readonly #config: CanaryConfig;
  readonly #chat: ChatClient;
  readonly #token: () => string | undefined;
  readonly #log: Log;
  readonly #metrics: BroadcastMetrics;
  readonly #periodMs: number;
  readonly #stop = new AbortController();
  #awaited: { token: string; arrived: () => void } | undefined;
  /** When the last canary arrived; before the first arrival, when the canary began. */
  #arrivedAt = performance.now();
  #failing = false;

  constructor(config: CanaryConfig, { channels, chat, token, log, metrics }: CanaryParts) {
    this.#config = config;
    this.#chat = chat;
    this.#token = token;
    this.#log = log;
    this.#metrics = metrics;
    this.#periodMs = config.canarySeconds * 1000;
    void this.#run(channels);
  }

  /** Rejects when no canary has arrived for three periods. */
  async check(): Promise<void> {
    const silentMs = performance.now() - this.#arrivedAt;
    if (silentMs <= SILENT_PERIODS * this.#periodMs) return;
    throw new Error(`no canary has arrived for ${Math.round(silentMs / 1000)} s`);
  }

  /** Receives the frames of the canary channel, also those of other replicas' canaries. */
  write(frames: Buffer): boolean {
    if (this.#awaited && frames.includes(this.#awaited.token)) this.#awaited.arrived();
    return true;
  }

  /** Receives a signal, which is no canary. */
  offer(): boolean {
    return true;
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #run(channels: LiveChannels): Promise<void> {
    await channels.read(CANARY_CHANNEL, this);
    const { signal } = this.#stop;
    await repeat(() => this.#sendOne(), { signal, pauseMs: this.#periodMs, pauseFrom: 'start' });
  }

  async #sendOne(): Promise<void> {
    const token = randomUUID();
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ARRIVAL_LIMIT_MS)]);
    const measure = this.#metrics.canarySeconds.startTimer();
    const arrival = this.#arrival(token, signal).then(() => measure());
    try {
      await Promise.all([arrival, this.#post(token, signal)]);
      this.#failing = false;
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#failed(error);
    }
  }

  #arrival(token: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      const arrived = () => {
        this.#arrivedAt = performance.now();
        resolve();
      };
      this.#awaited = { token, arrived };
    });
  }

  async #post(token: string, signal: AbortSignal): Promise<void> {
    const username = `${NAME_PREFIX}${this.#config.serverName}`.slice(0, USERNAME_MAX);
    const draft = { username, message: token };
    const response = await this.#chat.post(CANARY_CHANNEL, draft, { token: this.#token(), signal });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`chat answered ${response.status}`);
  }

  #failed(error: unknown): void {
    this.#metrics.canaryFailures.inc();
    if (!this.#failing) this.#log.warn({ cause: causeOf(error) }, 'a canary did not arrive');
    this.#failing = true;
  }
}
