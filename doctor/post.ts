import { randomUUID } from 'node:crypto';
import type { MessageReceipt } from '@parley/contract/message.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import { type Answer, ask } from './request.ts';
import type { Visit } from './verdict.ts';

/** Posts a message to the doctor's channel. @throws PlainError when it is not stored */
export async function post(
  { url, channel }: Visit,
  message: string,
): Promise<{ receipt: MessageReceipt; answer: Answer }> {
  const answer = await ask(new URL(`/chat/${encodeURIComponent(channel)}`, url), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() },
    body: JSON.stringify({ username: 'doctor', message }),
  });
  if (answer.status !== 201) {
    throw new PlainError(
      `POST /chat/${channel} was answered ${answer.status}: ${answer.body.slice(0, 200)}`,
    );
  }
  return { receipt: JSON.parse(answer.body) as MessageReceipt, answer };
}
