import type { Metrics } from '@parley/kit/metrics.ts';
import type { Client } from 'aedes';
import { SharedBound } from './shared-bound.ts';

/** The most that the broker keeps for all clients together, Parley's services excepted. */
const BOUNDS = {
  /** Bytes that a client has not read. */
  unsent: 33_554_432,
  /** Bytes of packets that are incomplete, or wait for their turn. */
  received: 67_108_864,
  /** Messages of QoS 2 whose PUBREL has not arrived. */
  half_sent: 20_000,
  /** Bytes of wills. */
  wills: 16_777_216,
  /** Topic filters. */
  filters: 100_000,
  /** Bytes of messages for chat that are not accepted yet, while chat does not receive them. */
  held_back: 16_777_216,
} as const;

/** What the broker keeps in memory for a client. */
export type MemoryUse = keyof typeof BOUNDS;

const HELP: Record<MemoryUse, string> = {
  unsent: 'Bytes of messages that clients have not read',
  received: 'Bytes of packets that are incomplete or wait for their turn',
  half_sent: 'Messages of QoS 2 without their PUBREL',
  wills: 'Bytes of wills',
  filters: 'Topic filters',
  held_back: 'Bytes of messages for chat that are not accepted yet',
};

/** Measures each use for one client. */
export type Measures = Record<MemoryUse, (client: Client) => number>;

/** Cuts a client; the reason is logged and counted. */
export type Cut = (client: Client, reason: string) => void;

/** The limits of one broker on what it keeps for its clients; each has a gauge. */
export class MemoryLimits {
  readonly #bounds = new Map<MemoryUse, SharedBound<Client>>();

  constructor(measures: Measures, { metrics, cut }: { metrics: Metrics; cut: Cut }) {
    for (const use of Object.keys(BOUNDS) as MemoryUse[]) {
      const reason = `too much is kept for all clients (${use}), and the most for this one`;
      const [max, measure] = [BOUNDS[use], measures[use]];
      const bound = new SharedBound({ max, measure, cut: (client: Client) => cut(client, reason) });
      this.#bounds.set(use, bound);
      metrics.gauge({
        name: `parley_broker_kept_${use}`,
        help: `${HELP[use]} kept for all clients but Parley's services; at most ${max}.`,
        collect: () => bound.total,
      });
    }
  }

  /** Measures one use of a client again, after it may have grown. */
  measure(use: MemoryUse, client: Client): void {
    this.#bounds.get(use)?.note(client);
  }

  /** Forgets a client that has left. */
  forget(client: Client): void {
    for (const bound of this.#bounds.values()) bound.forget(client);
  }
}
