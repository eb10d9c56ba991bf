import assert from 'node:assert/strict';

export const NDJSON = 'application/x-ndjson';

/** The answer to one line. */
export type Answer = Record<string, unknown> & { status: number; seq: number; code?: string };

/** Where a batch is sent to. */
export interface Sent {
  url: string;
  headers?: Record<string, string>;
}

/** Sends the body of a batch. */
export function sendBatchTo({ url, headers = {} }: Sent, body: string | Buffer): Promise<Response> {
  return fetch(`${url}/chat`, {
    method: 'POST',
    headers: { 'Content-Type': NDJSON, ...headers },
    body: new Uint8Array(Buffer.from(body)),
  });
}

/** Posts lines, and resolves with the answer to each. */
export async function postLinesTo(sent: Sent, lines: (object | string)[]): Promise<Answer[]> {
  const answer = await sendBatchTo(sent, encode(lines));
  const text = await answer.text();
  assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, NDJSON], text);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** The lines as the body of a batch. */
export const encode = (lines: (object | string)[]) =>
  lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');

export const message = (channel: string, text: string, more: object = {}) => ({
  channel,
  username: 'ada',
  message: text,
  ...more,
});
export const messages = (channel: string, count: number) =>
  Array.from({ length: count }, (_, i) => message(channel, `${i}`));
export const keyed = (channel: string, count: number) =>
  messages(channel, count).map((line, i) => ({ ...line, key: `k${i}` }));
export const statuses = (answers: Answer[]) => answers.map(({ status }) => status);
export const codes = (answers: Answer[]) => answers.map(({ status, code }) => code ?? status);

/** A batch of a number of bytes: messages, and an empty object with white space. */
export function pad(bytes: number): string {
  const lines = encode(messages('whole', 10));
  return `${lines}{${' '.repeat(bytes - lines.length - 2)}}`;
}
