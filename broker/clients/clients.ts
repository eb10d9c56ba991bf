import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { GROUPS_TOPIC } from '@parley/contract/channels/topic.ts';
import { clientKey } from '@parley/kit/limits/client-key.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import type { Aedes, Client } from 'aedes';
import type { Role } from '../access/permissions.ts';
import { NO_RIGHTS, Rights } from '../access/rights.ts';
import { guard } from '../packets/guard.ts';
import type { BrokerConfig } from '../settings.ts';
import { Arrivals } from './arrivals.ts';
import { ClientRecord } from './client-record.ts';
import { Deliveries } from './deliveries.ts';
import { HalfSent } from './half-sent.ts';
import { MemoryLimits, type MemoryUse } from './memory-limits.ts';
import { WorkRates } from './work-rates.ts';

type ClientsConfig = Pick<BrokerConfig, 'mqttClientRate' | 'mqttAddressRate' | 'mqttPassword'>;

interface ClientsParts {
  log: Log;
  metrics: Metrics;
  /** Bytes of a client's messages that are not accepted yet. */
  heldBack: (client: Client) => number;
}

/** The clients of one broker: their addresses, rights and rates, and what is kept for them. */
export class Clients {
  readonly #records = new WeakMap<Client, ClientRecord>();
  readonly #arrivals = new Arrivals();
  readonly #halfSent = new HalfSent();
  readonly #rates: WorkRates;
  readonly #deliveries: Deliveries;
  readonly #limits: MemoryLimits;
  readonly #log: Log;
  /** False when every client counts as one of Parley's services. */
  readonly #arePartsKnown: boolean;
  readonly #countError: () => void;
  #aedes: Aedes | undefined;

  constructor(config: ClientsConfig, { log, metrics, heldBack }: ClientsParts) {
    this.#log = log;
    this.#arePartsKnown = config.mqttPassword !== '';
    this.#rates = new WorkRates({
      perClient: config.mqttClientRate,
      perAddress: config.mqttAddressRate,
    });
    const measures = {
      unsent: ({ conn }: Client) => conn.writableLength,
      received: (client: Client) => this.#records.get(client)?.gate.length ?? 0,
      half_sent: (client: Client) => this.#halfSent.count(client),
      wills: willBytes,
      filters: (client: Client) => this.#records.get(client)?.filters.count ?? 0,
      held_back: heldBack,
    };
    this.#limits = new MemoryLimits(measures, { metrics, cut });
    this.#deliveries = new Deliveries({
      isPart: (client) => this.rightsOf(client).isPart,
      takesGroups: (client) => this.#records.get(client)?.filters.has(GROUPS_TOPIC) ?? false,
      written: (client) => this.measure('unsent', client),
      cut,
    });
    const errors = metrics.counter({
      name: 'parley_broker_client_errors_total',
      help: 'MQTT clients that the broker refused or lost to an error.',
    });
    this.#countError = () => errors.inc();
    this.#export(metrics);
  }

  /** Attaches the clients to a new broker, before it serves its first connection. */
  attach(aedes: Aedes): void {
    this.#aedes = aedes;
    this.#halfSent.attach(aedes, (client) => this.measure('half_sent', client));
    aedes.on('clientReady', (client) => this.#arrivals.letIn(client));
    aedes.on('unsubscribe', (filters, client) => {
      for (const filter of filters) this.#records.get(client)?.filters.delete(filter);
    });
    const failed = (client: Client, error: Error) => this.#reportFirst(client, error);
    aedes.on('clientError', failed);
    aedes.on('connectionError', failed);
  }

  /** Makes the broker serve a connection that comes from an address. */
  serve(connection: Duplex, address: string | undefined): void {
    if (connection.destroyed || !this.#aedes) return;
    // Otherwise Nagle's algorithm delays small packets by up to 40 ms (docs/design.md).
    if (connection instanceof Socket) connection.setNoDelay(true);
    const client = this.#aedes.handle(connection as Socket);
    const record = new ClientRecord(address, this.#rates.open(clientKey(address)));
    this.#records.set(client, record);
    this.#deliveries.attach(client);
    guard(connection, {
      gate: record.gate,
      isLetIn: () => this.#arrivals.isLetIn(client),
      refused: (error) => this.#reportFirst(client, error),
      grown: () => this.measure('received', client),
    });
    connection.once('close', () => {
      this.#arrivals.remove(client);
      this.#limits.forget(client);
    });
    this.#arrivals.add(client);
  }

  /**
   * Resolves with true when the rate of the client's address lets it in. Resolves with false when
   * that takes too long, too many clients are connected, or the client has left.
   */
  async waitForTurn(client: Client): Promise<boolean> {
    if (this.#arrivals.isFull) return false;
    const waitMs = this.#records.get(client)?.reserveConnect();
    if (waitMs === undefined) return false;
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
    return !client.closed;
  }

  /**
   * True when a connected client with another subject's token has the same client id: this one
   * would push it out.
   */
  isIdTaken(client: Client, subject: string | undefined): boolean {
    const { clients } = this.#aedes as Aedes & { clients: Record<string, Client> };
    const other = clients[client.id];
    const owner = other && this.rightsOf(other).identity?.subject;
    return owner !== undefined && owner !== subject;
  }

  /** Gives a client its rights; `identity` is of its token. */
  admit(client: Client, role: Role, identity?: Identity): void {
    const record = this.#records.get(client);
    if (record) record.rights = new Rights({ id: client.id, role, identity });
  }

  /** What a client may do. */
  rightsOf(client: Client): Rights {
    return this.#records.get(client)?.rights ?? NO_RIGHTS;
  }

  /** Cuts off a client whose token is no longer valid; its will is not published. */
  cutOff(client: Client): void {
    this.rightsOf(client).end();
    client.close();
  }

  /** The address of a client; empty for a client that gave the password of Parley's services. */
  addressOf(client: Client): string {
    const record = this.#records.get(client);
    if (this.#arePartsKnown && record?.rights.isPart) return '';
    return record?.address ?? 'unknown';
  }

  /** Adds a topic filter to a client's; false when it may not have one more. */
  addFilter(client: Client, filter: string): boolean {
    const record = this.#records.get(client);
    return record?.filters.add(filter, record.rights.isPart) ?? false;
  }

  /** Counts a retained message as work that its receiver asked for. */
  countRetained(client: Client): void {
    this.#records.get(client)?.countRetained();
  }

  /** Measures what is kept for a client, after it may have grown; above a limit clients are cut. */
  measure(use: MemoryUse, client: Client): void {
    if (!client.closed && !this.rightsOf(client).isPart) this.#limits.measure(use, client);
  }

  /** Reports only a client's first error: a client that is cut fails with each delivery. */
  #reportFirst(client: Client, error: Error): void {
    const record = this.#records.get(client);
    if (!record || record.hasFailed) return;
    record.hasFailed = true;
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

function cut(client: Client, reason: string): void {
  client.emit('error', new Error(reason));
}

function willBytes(client: Client): number {
  const { _will: will } = client as Client & { _will?: { topic: string; payload?: Buffer } };
  return will ? will.topic.length + (will.payload?.length ?? 0) : 0;
}
