/**
 * Microseconds of the machine's monotonic clock (Linux CLOCK_MONOTONIC). All processes of one
 * machine share this clock, so a reader can compare its time with a poster's stamp.
 */
export function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + nanoseconds / 1e3;
}
