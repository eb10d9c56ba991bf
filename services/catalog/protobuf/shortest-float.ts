/**
 * Decimal numbers with this many digits are always different floats (FLT_DIG of C); 9 digits
 * distinguish any two floats (FLT_DECIMAL_DIG).
 */
const DIGITS_MIN = 6;
const DIGITS_MAX = 9;
/** Smaller floats have fewer digits. */
const SMALLEST_NORMAL = 2 ** -126;

/** The shortest number that rounds to this 32-bit float: 1.1 instead of 1.100000023841858. */
export function shortestFloat(float: number): number {
  const least = Math.abs(float) < SMALLEST_NORMAL ? 1 : DIGITS_MIN;
  for (let digits = least; digits < DIGITS_MAX; digits++) {
    const short = Number(float.toPrecision(digits));
    if (Math.fround(short) === float) return short;
  }
  return Number(float.toPrecision(DIGITS_MAX));
}
