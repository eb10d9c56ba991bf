import { createHmac, timingSafeEqual } from 'node:crypto';
import { ChatError } from '@parley/contract/problem.ts';
import type { Delivery } from '../../delivery.ts';

/**
 * Checks that GitHub has signed the body with the hook's secret (HMAC-SHA256 in hexadecimal).
 * @throws ChatError `forbidden`
 */
export function requireSignature({ headers, body }: Delivery, secret: string): void {
  const shown = Buffer.from(String(headers['x-hub-signature-256'] ?? ''));
  const right = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  if (shown.length === right.length && timingSafeEqual(shown, right)) return;
  throw new ChatError(
    'forbidden',
    'X-Hub-Signature-256 is missing or wrong; the webhook at GitHub needs the same secret.',
  );
}
