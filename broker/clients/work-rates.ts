import { Pace } from '../packets/pace.ts';

/** Addresses with a rate of their own; further addresses share one. */
const ADDRESSES_MAX = 10_000;
/** Work of one address that passes at once, in milliseconds of its rate: it delays all other clients. */
const ADDRESS_BURST_MS = 100;

/** The rate of one client, and the rate that all clients of its address share. */
export interface ClientRates {
  own: Pace | undefined;
  ofAddress: Pace | undefined;
}

/**
 * The rates of one broker: of each client, and of all clients of one address together. 0: no limit.
 */
export class WorkRates {
  readonly #perClient: number;
  readonly #perAddress: number;
  readonly #addresses = new Map<string, Pace>();

  constructor({ perClient, perAddress }: { perClient: number; perAddress: number }) {
    this.#perClient = perClient;
    this.#perAddress = perAddress;
  }

  /** Opens the rates of a new client; `address` is the key under which its address is counted. */
  open(address: string): ClientRates {
    return { own: openPace(this.#perClient), ofAddress: this.#ofAddress(address) };
  }

  #ofAddress(address: string): Pace | undefined {
    const known = this.#addresses.get(address);
    if (known) return known;
    if (this.#addresses.size >= ADDRESSES_MAX) this.#forgetRested();
    const key = this.#addresses.size >= ADDRESSES_MAX ? 'all others' : address;
    const pace = this.#addresses.get(key) ?? openPace(this.#perAddress, ADDRESS_BURST_MS);
    if (pace) this.#addresses.set(key, pace);
    return pace;
  }

  #forgetRested(): void {
    for (const [address, pace] of this.#addresses) {
      if (pace.rested) this.#addresses.delete(address);
    }
  }
}

function openPace(perSecond: number, burstMs?: number): Pace | undefined {
  return perSecond > 0 ? new Pace(perSecond, burstMs) : undefined;
}
