import { NO_RIGHTS, type Rights } from '../access/rights.ts';
import { CONNECT_UNITS, RETAINED_UNITS } from '../packets/cost-of.ts';
import type { Pace } from '../packets/pace.ts';
import { PACKET_MAX_BYTES, PacketGate } from '../packets/packet-gate.ts';
import { TopicFilters } from './topic-filters.ts';
import type { ClientRates } from './work-rates.ts';

/** How long a client may wait for its turn to be let in: less than most clients wait for CONNACK. */
const TURN_LIMIT_MS = 10_000;

/**
 * The longest packet of one of Parley's services: an event is longer than the 64 KB of the post that it
 * was made of.
 */
const PART_PACKET_MAX_BYTES = 1_048_576;

/** What the broker knows of a client in addition to aedes. */
export class ClientRecord {
  readonly address: string | undefined;
  /** Passes the client's packets at its rates; Parley's services have no rate. */
  readonly gate: PacketGate;
  readonly filters = new TopicFilters();
  rights: Rights = NO_RIGHTS;
  /** True after the client's first error. */
  hasFailed = false;
  readonly #rates: ClientRates;

  constructor(address: string | undefined, rates: ClientRates) {
    this.address = address;
    this.#rates = rates;
    const reserve = (rate: Pace | undefined) => (units: number) =>
      rate && !this.rights.isPart ? rate.reserve(units) : 0;
    this.gate = new PacketGate([reserve(rates.own), reserve(rates.ofAddress)], () =>
      this.rights.isPart ? PART_PACKET_MAX_BYTES : PACKET_MAX_BYTES,
    );
  }

  /** Milliseconds until the client may be let in; undefined when that takes too long. */
  reserveConnect(): number | undefined {
    const rate = this.#rates.ofAddress;
    return rate ? rate.reserve(CONNECT_UNITS, TURN_LIMIT_MS) : 0;
  }

  /** Counts a retained message as work that the client asked for. */
  countRetained(): void {
    if (this.rights.isPart) return;
    this.#rates.own?.reserve(RETAINED_UNITS);
    this.#rates.ofAddress?.reserve(RETAINED_UNITS);
  }
}
