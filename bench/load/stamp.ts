/** Length of every message that the bench posts. It is constant, so that Content-Length is too. */
export const MESSAGE_BYTES = 40;

/**
 * A message that carries when it was sent and its number:
 * `~<microseconds, base 36>~<ordinal, base 36>~......`. SseScanner reads it back.
 */
export function encodeStamp(sentUs: number, ordinal: number): string {
  const stamp = `~${Math.round(sentUs).toString(36)}~${ordinal.toString(36)}~`;
  return stamp.padEnd(MESSAGE_BYTES, '.');
}
