import { randomUUID } from 'node:crypto';
import type { MessageReceipt } from '@parley/contract/events/message.ts';
import { Refused } from './refused.ts';
import { type Answer, ask } from './request.ts';
import type { Visit } from './verdict.ts';

/** Posts a message to the doctor's channel. @throws Refused when the message is not stored */
export async function post(
  visit: Visit,
  message: string,
): Promise<{ receipt: MessageReceipt; answer: Answer }> {
  const answer = await postJson(visit, JSON.stringify({ username: 'doctor', message }));
  return { receipt: JSON.parse(answer.body) as MessageReceipt, answer };
}

/** Posts a body of JSON to the doctor's channel. @throws Refused when it is not stored */
export async function postJson(visit: Visit, body: string): Promise<Answer> {
  const path = `/chat/${encodeURIComponent(visit.channel)}`;
  const answer = await ask(visit, path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() },
    body,
  });
  if (answer.status !== 201) throw new Refused(`POST ${path}`, answer);
  return answer;
}
