const ECHO_LIMIT_MS = 5_000;

interface Waiting {
  sentAt: number;
  limit: NodeJS.Timeout;
  resolve: (ms: number) => void;
  reject: (error: Error) => void;
}

/**
 * Sends numbered messages through the broker to this client itself, and matches those that return.
 */
export function openEcho(publish: (payload: string) => void) {
  const waiting = new Map<string, Waiting>();
  let count = 0;

  function take(number: string): Waiting | undefined {
    const found = waiting.get(number);
    waiting.delete(number);
    clearTimeout(found?.limit);
    return found;
  }

  return {
    /** Resolves with the milliseconds of the round trip; rejects after 5 s. */
    send(): Promise<number> {
      const number = String(++count);
      return new Promise((resolve, reject) => {
        const limit = setTimeout(() => {
          take(number);
          reject(new Error(`no echo from the MQTT broker within ${ECHO_LIMIT_MS} ms`));
        }, ECHO_LIMIT_MS);
        waiting.set(number, { sentAt: performance.now(), limit, resolve, reject });
        publish(number);
      });
    },

    /** Receives an echo from the broker; an unknown one is ignored. */
    receive(payload: Buffer): void {
      const found = take(payload.toString());
      found?.resolve(performance.now() - found.sentAt);
    },

    failAll(error: Error): void {
      for (const number of [...waiting.keys()]) take(number)?.reject(error);
    },
  };
}
