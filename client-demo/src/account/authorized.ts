import { AnswerError } from '../request-json.ts';

/**
 * Runs `act`, which needs a session. If the server answers 401, renews the session with
 * `authenticate` and runs `act` once more. @throws AnswerError when the server refuses
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
