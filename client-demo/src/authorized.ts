import { AnswerError } from './request-json.ts';

/**
 * Does what needs a session; where the server does not take it any more, once again after
 * `authenticate` has renewed it. @throws AnswerError for a refusal
 */
export async function authorized<T>(
  act: () => Promise<T>,
  authenticate: () => Promise<boolean>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const unknown = error instanceof AnswerError && error.status === 401;
    if (!unknown || !(await authenticate())) throw error;
    return act();
  }
}
