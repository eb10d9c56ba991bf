/** Counts the calls that are running. Closing waits for them and refuses new ones. */
export function openCalls() {
  let underWay = 0;
  let closed = false;
  const ended = Promise.withResolvers<void>();
  const endWhenIdle = () => {
    if (closed && underWay === 0) ended.resolve();
  };
  return {
    async track<T>(call: () => Promise<T>): Promise<T> {
      if (closed) throw new Error('the store is closed');
      underWay++;
      try {
        return await call();
      } finally {
        underWay--;
        endWhenIdle();
      }
    },
    async close(): Promise<void> {
      closed = true;
      endWhenIdle();
      await ended.promise;
    },
  };
}
