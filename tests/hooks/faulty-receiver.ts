import { pause } from '@parley/kit/repeat.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const FAULTS = ['fails', 'stalls', 'is killed'] as const;

/** How long the receiver works, and how long each of its faults lasts, in milliseconds. */
export interface Faults {
  worksMs: number;
  faultMs: number;
  /** How long it takes for an event. */
  takesMs: number;
  /** After this many faults it works. */
  most: number;
}

/**
 * A receiver that fails, stalls and is killed, in turn, and works in between. What it accepted before
 * it was killed, it still knows. `stop` ends the faults.
 */
export async function startFaultyReceiver(
  secret: string,
  { worksMs, faultMs, takesMs, most }: Faults,
) {
  const accepted: Receiver['received'] = [];
  const stop = new AbortController();
  let receiver = await startReceiver(secret, { takesMs });
  const { url } = receiver;
  const port = Number(new URL(url).port);
  let faults = 0;

  async function fault(): Promise<void> {
    const kind = FAULTS[faults++ % FAULTS.length];
    if (kind === 'is killed') {
      await end();
      await pause(faultMs, stop.signal);
      receiver = await startReceiver(secret, { port, takesMs });
      return;
    }
    const held: { destroy(): void }[] = [];
    receiver.answer = (_event, response) => {
      if (kind === 'fails') return 500;
      held.push(response);
      return undefined;
    };
    await pause(faultMs, stop.signal);
    receiver.answer = () => 204;
    for (const response of held) response.destroy();
  }

  async function end(): Promise<void> {
    await receiver[Symbol.asyncDispose]();
    accepted.push(...receiver.received.filter(({ status }) => status === 204));
    receiver.received.length = 0;
  }

  const running = (async () => {
    while (!stop.signal.aborted && faults < most) {
      await pause(worksMs, stop.signal);
      if (!stop.signal.aborted) await fault();
    }
  })();
  return {
    url,
    /** What was accepted, in the order in which it came, with repeats. */
    accepted: () => [...accepted, ...receiver.received.filter(({ status }) => status === 204)],
    /** Deliveries, also those that were not accepted. */
    count: () => accepted.length + receiver.received.length,
    faults: () => faults,
    async stop() {
      stop.abort();
      await running;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await end();
    },
  };
}
