import { ChatError } from '@parley/contract/problem.ts';

/** Resolves with the store's answer. @throws ChatError `store-unavailable` when the store fails */
export async function storeAnswers<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new ChatError('store-unavailable', 'The store does not answer now; try again.', {
      cause,
    });
  }
}
