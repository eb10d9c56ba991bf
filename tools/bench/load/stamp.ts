/**
 * Length of every message that the bench posts. A constant length keeps Content-Length constant.
 */
export const MESSAGE_BYTES = 40;

/**
 * A message that carries the time it was sent at and its number:
 * `~<microseconds, base 36>~<ordinal, base 36>~......`. SseScanner reads it back.
 */
export function encodeStamp(sentUs: number, ordinal: number): string {
  const stamp = `~${Math.round(sentUs).toString(36)}~${ordinal.toString(36)}~`;
  return stamp.padEnd(MESSAGE_BYTES, '.');
}
