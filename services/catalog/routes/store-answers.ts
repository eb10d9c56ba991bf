import { ChatError } from '@parley/contract/problem.ts';

/** What the store answers. @throws ChatError `store-unavailable` when it does not */
export async function storeAnswers<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new ChatError('store-unavailable', 'The store does not answer now; try again.', {
      cause,
    });
  }
}
