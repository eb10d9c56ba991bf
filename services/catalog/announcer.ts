import { createHash } from 'node:crypto';
import { MESSAGE_MAX } from '@parley/contract/events/message.ts';
import { type ChatClient, openChatClient } from '@parley/kit/chat-client.ts';
import type { Log } from '@parley/kit/log/log.ts';
import { pause } from '@parley/kit/repeat.ts';
import type { Feed } from './feeds/feed.ts';
import type { CatalogMetrics } from './metrics.ts';
import type { Delivery } from './store/store.ts';

const ANSWER_LIMIT_MS = 5_000;
const AGAIN_MS = 1_000;

/** The address of chat, and the token for posting there. */
export interface AnnouncerConfig {
  chatUrl: string;
  chatToken: string;
}

/**
 * Announces a feed in its channel by posting to chat: at the feed's rate, each time the newest
 * stored message. A post is repeated with the same key until chat answers, so that it becomes
 * exactly one event of the channel.
 */
export class Announcer implements AsyncDisposable {
  readonly #feed: Feed & { channel: string };
  readonly #chat: ChatClient;
  readonly #token: string;
  readonly #log: Log;
  readonly #metrics: CatalogMetrics;
  readonly #stop = new AbortController();
  #newest: Delivery | undefined;
  #running: Promise<void> = Promise.resolve();
  #isRunning = false;

  constructor(
    feed: Feed & { channel: string },
    { chatUrl, chatToken }: AnnouncerConfig,
    { log, metrics }: { log: Log; metrics: CatalogMetrics },
  ) {
    this.#feed = feed;
    this.#chat = openChatClient(chatUrl);
    this.#token = chatToken;
    this.#log = log;
    this.#metrics = metrics;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Offers a stored message, which replaces an older one that still waits. */
  offer(delivery: Delivery): void {
    this.#newest = delivery;
    if (!this.#isRunning) this.#running = this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#newest && !this.#stop.signal.aborted) {
      const delivery = this.#newest;
      this.#newest = undefined;
      await this.#announce(delivery);
      await pause(1000 / this.#feed.perSecond, this.#stop.signal);
    }
    this.#isRunning = false;
  }

  async #announce(delivery: Delivery): Promise<void> {
    const count = (outcome: string) =>
      this.#metrics.announcements.inc({ feed: this.#feed.name, outcome });
    while (!this.#stop.signal.aborted) {
      try {
        const { status } = await this.#post(delivery);
        if (status < 300) return count('announced');
        if (status < 500 && status !== 429) {
          this.#log.warn({ feed: this.#feed.name, status }, 'chat refuses an announcement');
          return count('refused');
        }
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#log.debug({ feed: this.#feed.name, err: error }, 'chat does not answer');
      }
      count('failed');
      await pause(AGAIN_MS, this.#stop.signal);
    }
  }

  async #post(delivery: Delivery): Promise<{ status: number }> {
    const { channel, name: username } = this.#feed;
    const draft = { username, message: textOf(delivery) };
    const response = await this.#chat.post(channel, draft, {
      token: this.#token,
      key: keyOf(delivery),
      signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]),
    });
    await response.arrayBuffer();
    return { status: response.status };
  }
}

/** Idempotency key of an announcement: the same message gives the same key in every process. */
function keyOf({ stream, streamSeq, publishedUs }: Delivery): string {
  const digest = createHash('sha256').update(`${stream.name} ${stream.created}`).digest('hex');
  return `catalog:${digest.slice(0, 16)}:${streamSeq}:${publishedUs}`;
}

/** The JSON of the message, cut to the length of a chat message. */
function textOf({ decoded }: Delivery): string {
  const text = 'json' in decoded ? decoded.json : decoded.reason;
  if (text.length <= MESSAGE_MAX) return text;
  return `${text.slice(0, MESSAGE_MAX - 1).toWellFormed()}…`;
}
