/**
 * Microseconds of the machine's monotonic clock (Linux CLOCK_MONOTONIC). Every process of one
 * machine reads the same value, so a stamp made by a poster can be compared by a reader.
 */
export function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + nanoseconds / 1e3;
}
