/** Tracks the calls that are running. Closing waits for them and refuses new ones. */
export function openCalls() {
  const underWay = new Set<Promise<unknown>>();
  let closed = false;
  return {
    async track<T>(call: () => Promise<T>): Promise<T> {
      if (closed) throw new Error('the store is closed');
      const result = call();
      underWay.add(result);
      try {
        return await result;
      } finally {
        underWay.delete(result);
      }
    },
    async close(): Promise<void> {
      closed = true;
      await Promise.allSettled(underWay);
    },
  };
}
