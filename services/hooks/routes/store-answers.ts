import { ChatError } from '@parley/contract/problem.ts';

/** Resolves with the answer of the store or of chat. @throws ChatError `store-unavailable` without one */
export async function storeAnswers<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof ChatError) throw cause;
    throw new ChatError(
      'store-unavailable',
      'The hooks cannot be read or written now; try again.',
      {
        cause,
      },
    );
  }
}
