import { createHmac } from 'node:crypto';

/** What a receiver gets besides the JSON of an event. */
export type Signed = {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
};

/** The headers of Standard Webhooks 1.0. `secret` is `whsec_` and base64, `at` in ms since 1970. */
export function sign(body: string, { id, at, secret }: { id: string; at: number; secret: string }) {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const timestamp = String(Math.floor(at / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers: Signed = {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
  return headers;
}
