import { randomUUID } from 'node:crypto';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { BusConfig } from '@parley/kit/bus/bus-settings.ts';
import type { Log } from '@parley/kit/log/log.ts';
import { repeat } from '@parley/kit/repeat.ts';
import type { Gauge } from 'prom-client';
import { LEASE_MS } from '../store/lease.ts';
import type { OpenedStore } from '../store/opened-store.ts';
import { InboxLink } from './inbox-link.ts';
import type { InboxWriter } from './inbox-writer.ts';

const RENEW_MS = 1_500;

interface InboxParts {
  bus: Bus;
  store: OpenedStore;
  writer: InboxWriter;
  log: Log;
  /** 1 while the inbox is open here. */
  openGauge: Gauge;
}

/**
 * Stores what devices publish by MQTT, on one replica at a time: the one with the lease in the
 * store. The broker keeps the messages that arrive until the next replica has the lease.
 */
export class Inbox implements AsyncDisposable {
  readonly #config: BusConfig;
  readonly #parts: InboxParts;
  readonly #holder = randomUUID();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #link: InboxLink | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #wake: () => void = () => undefined;

  constructor(config: BusConfig, parts: InboxParts) {
    this.#config = config;
    this.#parts = parts;
    parts.bus.onLink(() => this.#wake());
    this.#running = repeat(() => this.#holdOrLeave(), {
      signal: this.#stop.signal,
      pauseMs: RENEW_MS,
      wake: () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        return promise;
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#close();
    await this.#parts.store.inbox.release(this.#holder).catch(() => undefined);
  }

  /** A replica that cannot publish leaves the inbox to one that can. */
  async #holdOrLeave(): Promise<void> {
    if (this.#parts.bus.connected) await this.#renew();
    else await this.#close();
  }

  async #renew(): Promise<void> {
    const { store, log } = this.#parts;
    const askedAt = performance.now();
    try {
      if (!(await store.inbox.hold(this.#holder))) return await this.#close();
    } catch (error) {
      log.warn({ cause: (error as Error).message }, 'inbox: the lease cannot be taken or renewed');
      return;
    }
    this.#open(LEASE_MS - (performance.now() - askedAt));
  }

  #open(leftMs: number): void {
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => void this.#close(), Math.max(leftMs, 0));
    if (this.#link) return;
    const { writer, store, log, openGauge } = this.#parts;
    const link = new InboxLink(this.#config, {
      writer,
      log,
      note: (sessions) => store.inbox.noteSessions(this.#holder, sessions),
      earlier: () => store.inbox.sessions(),
      opened: (open) => {
        // An older link may close after the next one is open.
        if (this.#link !== link) return;
        openGauge.set(open ? 1 : 0);
        if (open) log.info('inbox: this replica receives from devices');
      },
    });
    this.#link = link;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#expiry);
    const link = this.#link;
    this.#link = undefined;
    this.#parts.openGauge.set(0);
    await link?.[Symbol.asyncDispose]();
  }
}
