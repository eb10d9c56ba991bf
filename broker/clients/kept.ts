import type { Metrics } from '@parley/kit/metrics.ts';
import type { Client } from 'aedes';
import { isPart } from './client-checks.ts';
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

export type Kind = keyof typeof BOUNDS;

const HELP: Record<Kind, string> = {
  unsent: 'Bytes of messages that clients have not read',
  received: 'Bytes of packets that are incomplete or wait for their turn',
  half_sent: 'Messages of QoS 2 without their PUBREL',
  wills: 'Bytes of wills',
  filters: 'Topic filters',
  held_back: 'Bytes of messages for chat that are not accepted yet',
};

/** Measures what is kept for a client. */
export type Measures = Record<Kind, (client: Client) => number>;

export interface Kept {
  /** Measures again what is kept for a client, after the amount may have grown. */
  note(kind: Kind, client: Client): void;
  /** Cuts a client; the reason is logged and counted. */
  cut(client: Client, reason: string): void;
  /** Forgets a client that has left. */
  forget(client: Client): void;
}

/** Opens the limits of one broker; each has a gauge. */
export function openKept(measures: Measures, metrics: Metrics): Kept {
  const cut = (client: Client, reason: string) => void client.emit('error', new Error(reason));
  const kinds = Object.keys(BOUNDS) as Kind[];
  const bounds = new Map(kinds.map((kind) => [kind, openBound(kind, measures[kind], cut)]));
  exportTotals(bounds, metrics);
  return {
    cut,
    note(kind, client) {
      if (!client.closed && !isPart(client)) bounds.get(kind)?.note(client);
    },
    forget(client) {
      for (const bound of bounds.values()) bound.forget(client);
    },
  };
}

function openBound(
  kind: Kind,
  measure: (client: Client) => number,
  cut: Kept['cut'],
): SharedBound<Client> {
  return new SharedBound({
    max: BOUNDS[kind],
    measure,
    cut: (client) =>
      cut(client, `too much is kept for all clients (${kind}), and the most for this one`),
  });
}

function exportTotals(bounds: Map<Kind, SharedBound<Client>>, metrics: Metrics): void {
  for (const [kind, bound] of bounds) {
    metrics.gauge({
      name: `parley_broker_kept_${kind}`,
      help: `${HELP[kind]} kept for all clients but Parley's services; at most ${BOUNDS[kind]}.`,
      collect: () => bound.total,
    });
  }
}
