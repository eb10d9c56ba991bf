/** A flush longer than this is followed by a pause, so that the bus can be read. */
const SHORT_FLUSH_MS = 2;
/** The longest pause, however long the flush was. */
const REST_MAX_MS = 100;

/**
 * Runs a flush at the end of the turn of the event loop in which it was requested, once for all
 * requests. A long flush is followed by a pause of its own length, at most 100 ms, in which events
 * gather for the next flush: under load this makes batches. Each channel has a batcher of its
 * own, so that a pause delays no other channel.
 */
export function openBatcher(flush: () => void): { request: () => void } {
  let requested = false;
  let restUntil = 0;

  function run(): void {
    requested = false;
    const startedAt = performance.now();
    flush();
    const endedAt = performance.now();
    const took = endedAt - startedAt;
    restUntil = took > SHORT_FLUSH_MS ? endedAt + Math.min(took, REST_MAX_MS) : 0;
  }

  return {
    request() {
      if (requested) return;
      requested = true;
      const restMs = restUntil - performance.now();
      if (restMs > 1) setTimeout(run, restMs);
      else setImmediate(run);
    },
  };
}
