import type { CatalogRecord } from './store/store.ts';
import { encodeTime } from './time.ts';

/**
 * Writes a record as one line of JSON; `data` is the stored JSON text, unchanged in every digit.
 */
export function encodeRecord(feed: string, record: CatalogRecord): string {
  const { seq, stream, streamSeq, publishedUs, receivedUs, messageId, bytes, json } = record;
  const head = JSON.stringify({
    feed,
    seq,
    stream,
    streamSeq,
    messageId,
    published: encodeTime(publishedUs),
    received: encodeTime(receivedUs),
    bytes: Buffer.from(bytes).toString('base64'),
  });
  return `${head.slice(0, -1)},"data":${json}}`;
}
