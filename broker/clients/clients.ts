import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { clientKey } from '@parley/kit/limits/client-key.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Aedes, Client } from 'aedes';
import { CONNECT_UNITS, RETAINED_UNITS } from '../packets/cost-of.ts';
import { guard } from '../packets/guard.ts';
import { PacketGate } from '../packets/packet-gate.ts';
import type { BrokerConfig } from '../settings.ts';
import { isPart } from './client-checks.ts';
import { Deliveries } from './deliveries.ts';
import { HalfSent } from './half-sent.ts';
import { type Kept, openKept } from './kept.ts';
import { type ClientRates, WorkRates } from './work-rates.ts';

/** How long a client may wait for its turn to be let in: less than most clients wait for CONNACK. */
const TURN_LIMIT_MS = 10_000;
/** Clients other than Parley's services; further ones are refused. */
const CLIENTS_MAX = 10_000;
/** Connections that are not let in yet; with more, the oldest is cut. */
const PENDING_MAX = 2_000;

interface ClientParts {
  log: Log;
  metrics: Metrics;
  /** Bytes of a client's messages that are not accepted yet. */
  heldBack: (client: Client) => number;
  filters: (client: Client) => number;
}

/** What the broker knows of a connection in addition to aedes. */
interface Known {
  address: string | undefined;
  rates: ClientRates;
  gate: PacketGate;
}

/** The clients of one broker: their addresses, their rates, and what is kept for them. */
export class Clients {
  readonly #rates: WorkRates;
  readonly #known = new WeakMap<Client, Known>();
  readonly #letIn = new Set<Client>();
  /** In order of arrival. */
  readonly #pending = new Set<Client>();
  readonly #failed = new WeakSet<Client>();
  readonly #halfSent = new HalfSent();
  readonly #deliveries: Deliveries;
  readonly #kept: Kept;
  readonly #log: Log;
  /** False when every client counts as one of Parley's services. */
  readonly #arePartsKnown: boolean;
  readonly #countError: () => void;
  #aedes: Aedes | undefined;

  constructor(
    {
      mqttClientRate,
      mqttAddressRate,
      mqttPassword,
    }: Pick<BrokerConfig, 'mqttClientRate' | 'mqttAddressRate' | 'mqttPassword'>,
    { log, metrics, heldBack, filters }: ClientParts,
  ) {
    this.#log = log;
    this.#arePartsKnown = mqttPassword !== '';
    this.#rates = new WorkRates({ perClient: mqttClientRate, perAddress: mqttAddressRate });
    this.#kept = openKept(
      {
        unsent: ({ conn }) => conn.writableLength,
        received: (client) => this.#known.get(client)?.gate.length ?? 0,
        half_sent: (client) => this.#halfSent.count(client),
        wills: willBytes,
        filters,
        held_back: heldBack,
      },
      metrics,
    );
    this.#deliveries = new Deliveries({
      isPart,
      written: (client) => this.#kept.note('unsent', client),
      cut: this.#kept.cut,
    });
    const errors = metrics.counter({
      name: 'parley_broker_client_errors_total',
      help: 'MQTT clients that the broker refused or lost to an error.',
    });
    this.#countError = () => errors.inc();
    this.#export(metrics);
  }

  /** Follows a new broker's clients. */
  follow(aedes: Aedes): void {
    this.#aedes = aedes;
    this.#halfSent.follow(aedes, (client) => this.#kept.note('half_sent', client));
    aedes.on('clientReady', (client) => {
      this.#pending.delete(client);
      if (client.closed) return;
      this.#letIn.add(client);
      setImmediate(() => client.conn.emit('readable'));
    });
    const failed = (client: Client, error: Error) => this.#failedOnce(client, error);
    aedes.on('clientError', failed);
    aedes.on('connectionError', failed);
  }

  /** Makes the broker serve a connection that comes from an address. */
  serve(aedes: Aedes, connection: Duplex, address: string | undefined): void {
    if (connection.destroyed) return;
    // Otherwise Nagle's algorithm delays small packets by up to 40 ms (docs/design.md).
    if (connection instanceof Socket) connection.setNoDelay(true);
    const client = aedes.handle(connection as Socket);
    const rates = this.#rates.open(clientKey(address));
    const paced = (rate: ClientRates[keyof ClientRates]) => (units: number) =>
      rate && !isPart(client) ? rate.reserve(units) : 0;
    const gate = new PacketGate([paced(rates.own), paced(rates.ofAddress)]);
    this.#known.set(client, { address, rates, gate });
    this.#deliveries.follow(client);
    guard(connection, {
      gate,
      isLetIn: () => this.#letIn.has(client),
      refused: (error) => this.#failedOnce(client, error),
      held: () => this.#kept.note('received', client),
    });
    connection.once('close', () => {
      this.#letIn.delete(client);
      this.#pending.delete(client);
      this.#kept.forget(client);
    });
    this.#pending.add(client);
    const [oldest] = this.#pending;
    if (oldest && this.#pending.size > PENDING_MAX) oldest.conn.destroy();
  }

  /** The address of a client; empty for a client that gave the password of Parley's services. */
  addressOf(client: Client): string {
    if (this.#arePartsKnown && isPart(client)) return '';
    return this.#known.get(client)?.address ?? 'unknown';
  }

  /**
   * Resolves with true when the rate of the client's address lets it in. Resolves with false when
   * that takes too long, too many clients are connected, or the client has left.
   */
  async turn(client: Client): Promise<boolean> {
    if (this.#letIn.size >= CLIENTS_MAX) return false;
    const rate = this.#known.get(client)?.rates.ofAddress;
    const waitMs = rate ? rate.reserve(CONNECT_UNITS, TURN_LIMIT_MS) : 0;
    if (waitMs === undefined) return false;
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
    return !client.closed;
  }

  /** Counts a retained message as work that its receiver asked for. */
  noteRetained(client: Client): void {
    if (isPart(client)) return;
    const { own, ofAddress } = this.#known.get(client)?.rates ?? {};
    own?.reserve(RETAINED_UNITS);
    ofAddress?.reserve(RETAINED_UNITS);
  }

  get noteKept(): Kept['note'] {
    return this.#kept.note;
  }

  /**
   * Logs and counts only a client's first failure: a client that is cut fails with each delivery.
   */
  #failedOnce(client: Client, error: Error): void {
    if (this.#failed.has(client)) return;
    this.#failed.add(client);
    this.#countError();
    this.#log.info({ client: client.id, cause: error.message }, 'broker: client error');
  }

  #export(metrics: Metrics): void {
    metrics.gauge({
      name: 'parley_broker_clients',
      help: 'MQTT clients connected to the broker.',
      collect: () => this.#aedes?.connectedClients ?? 0,
    });
    metrics.gauge({
      name: 'parley_broker_deliveries_waiting',
      help: 'Deliveries to clients that wait for their turn; at most 20,000.',
      collect: () => this.#deliveries.waiting,
    });
  }
}

function willBytes(client: Client): number {
  const { _will: will } = client as Client & { _will?: { topic: string; payload?: Buffer } };
  return will ? will.topic.length + (will.payload?.length ?? 0) : 0;
}
