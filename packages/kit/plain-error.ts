/** An error that the user can mend: its message is one clear line, and all that needs saying. */
export class PlainError extends Error {
  override name = 'PlainError';
}
