import { createSecureContext, type SecureContext } from 'node:tls';
import { nowUs } from './clock.ts';
import { Reader } from './reader.ts';
import type { CrowdPlan, CrowdProgress } from './readers-calls.ts';
import { type SampleSummary, Samples } from './samples.ts';

const RECEIVE_BYTES = 64 * 1024;

/** What all readers of a crowd share. */
interface Shared {
  receiveBuffer: Buffer;
  trust: SecureContext | undefined;
}

/** Many readers in one process. */
export class Crowd {
  readonly #plan: CrowdPlan;
  readonly #readers: Reader[];
  readonly #latency = new Samples();
  #openingUs = 0;

  constructor(plan: CrowdPlan) {
    this.#plan = plan;
    const receiveBuffer = Buffer.allocUnsafeSlow(RECEIVE_BYTES);
    const trust = plan.ca === undefined ? undefined : createSecureContext({ ca: plan.ca });
    this.#readers = Array.from({ length: plan.count }, (_, index) =>
      this.#makeReader(index, { receiveBuffer, trust }),
    );
  }

  /**
   * Connects all readers, `concurrency` at a time. @throws Error when one is refused or is too late
   */
  async open(): Promise<void> {
    this.#openingUs = nowUs();
    const timer = setTimeout(() => this.close(), this.#plan.timeoutMs);
    const pending = this.#readers.values();
    await Promise.all(Array.from({ length: this.#plan.concurrency }, () => openEach(pending)));
    clearTimeout(timer);
    const { opened } = this.progress();
    if (opened === this.#plan.count) return;
    const refusal = this.#readers.find((reader) => reader.refusal !== '')?.refusal ?? 'no answer';
    throw new Error(`only ${opened} of ${this.#plan.count} readers could connect (${refusal})`);
  }

  progress(): CrowdProgress {
    const sum = {
      opened: 0,
      events: 0,
      missing: 0,
      repeated: 0,
      mislabelled: 0,
      resets: 0,
      cutOff: 0,
    };
    let minEvents = Number.POSITIVE_INFINITY;
    let minSeq = Number.POSITIVE_INFINITY;
    for (const reader of this.#readers) {
      if (reader.openedUs > 0) sum.opened++;
      sum.events += reader.events;
      sum.missing += reader.missing;
      sum.repeated += reader.repeated;
      sum.mislabelled += reader.mislabelled;
      sum.resets += reader.resets;
      sum.cutOff += reader.cutOff;
      minEvents = Math.min(minEvents, reader.events);
      minSeq = Math.min(minSeq, reader.lastSeq);
    }
    return { ...sum, minEvents, minSeq };
  }

  takeLatency(): SampleSummary {
    const summary = this.#latency.summary();
    this.#latency.clear();
    return summary;
  }

  firstEvents(): SampleSummary {
    const waits = new Samples();
    for (const { firstEventUs } of this.#readers) {
      if (firstEventUs > 0) waits.add(firstEventUs - this.#openingUs);
    }
    return waits.summary();
  }

  close(): void {
    for (const reader of this.#readers) reader.close();
  }

  #makeReader(index: number, { receiveBuffer, trust }: Shared): Reader {
    const { requests, sampleEvery, ...plan } = this.#plan;
    const request = requests[index % requests.length] ?? '';
    const samples = sampleEvery > 0 && index % sampleEvery === 0 ? this.#latency : undefined;
    return new Reader({ ...plan, request, trust, samples }, receiveBuffer);
  }
}

async function openEach(pending: Iterator<Reader>): Promise<void> {
  for (let next = pending.next(); !next.done; next = pending.next()) await next.value.open();
}
