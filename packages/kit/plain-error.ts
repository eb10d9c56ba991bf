/** An error that the user can fix. Its message is one clear line and says everything needed. */
export class PlainError extends Error {
  override name = 'PlainError';
}
