/** Every decimal number of so many digits is its own float (FLT_DECIMAL_DIG of C: 9 tell any two apart). */
const DIGITS_MIN = 6;
const DIGITS_MAX = 9;
/** Below, floats have fewer digits than others. */
const SMALLEST_NORMAL = 2 ** -126;

/** The shortest number that, rounded to a 32-bit float, is that float: 1.1 rather than 1.100000023841858. */
export function shortestFloat(float: number): number {
  const least = Math.abs(float) < SMALLEST_NORMAL ? 1 : DIGITS_MIN;
  for (let digits = least; digits < DIGITS_MAX; digits++) {
    const short = Number(float.toPrecision(digits));
    if (Math.fround(short) === float) return short;
  }
  return Number(float.toPrecision(DIGITS_MAX));
}
