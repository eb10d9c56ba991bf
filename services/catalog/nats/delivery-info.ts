/** What the reply subject of a captured message contains. */
export interface DeliveryInfo {
  stream: string;
  consumer: string;
  streamSeq: number;
  /** When it was captured, in microseconds since 1970 (UTC). */
  publishedUs: number;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>`, or
 * the longer form, which begins with domain and account and may have more tokens at its end (NATS,
 * ADR-15).
 * @throws Error when the text has neither form
 */
export function parseDeliveryInfo(reply: string | undefined): DeliveryInfo {
  const tokens = reply?.split('.') ?? [];
  const at = tokens.length === 9 ? 2 : 4;
  const [stream = '', consumer = '', , seq, , time = ''] = tokens.slice(at);
  const [streamSeq, publishedUs] = [Number(seq), Number(time.slice(0, -3))];
  if (tokens.length < 9 || !(streamSeq > 0) || !(publishedUs > 0)) {
    throw new Error(`a message without its position in a stream: ${reply}`);
  }
  return { stream, consumer, streamSeq, publishedUs };
}
