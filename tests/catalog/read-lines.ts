/** A record of `GET /catalog/:feed`, with the fields that tests use. */
export interface RecordLine {
  seq: number;
  stream: string;
  streamSeq: number;
  messageId: string | null;
  published: string;
  received: string;
  bytes: string;
  data: Record<string, unknown>;
}

/** All records of a feed, or those that match the query, from the lines. */
export async function readLines(url: string, feed: string, query = ''): Promise<RecordLine[]> {
  const headers = { Accept: 'application/x-ndjson' };
  const response = await fetch(`${url}/catalog/${feed}${query}`, { headers });
  if (response.status !== 200) throw new Error(`answered ${response.status}`);
  const lines = (await response.text()).split('\n');
  return lines.filter(Boolean).map((line) => JSON.parse(line));
}
