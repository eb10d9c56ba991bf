/** What a captured message's reply subject says of it. */
export interface DeliveryInfo {
  stream: string;
  consumer: string;
  streamSeq: number;
  /** When it was captured, in microseconds since 1970 (UTC). */
  publishedUs: number;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>`, or the
 * longer form that begins with domain and account and may end with more (NATS, ADR-15).
 * @throws Error when it is neither
 */
export function parseDeliveryInfo(reply: string | undefined): DeliveryInfo {
  const tokens = reply?.split('.') ?? [];
  const at = tokens.length === 9 ? 2 : 4;
  const [stream = '', consumer = '', , seq, , time = ''] = tokens.slice(at);
  const [streamSeq, publishedUs] = [Number(seq), Number(time.slice(0, -3))];
  if (tokens.length < 9 || !(streamSeq > 0) || !(publishedUs > 0)) {
    throw new Error(`a message without its place in a stream: ${reply}`);
  }
  return { stream, consumer, streamSeq, publishedUs };
}
