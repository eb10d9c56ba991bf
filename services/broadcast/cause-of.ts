/** Why something failed, in one line; `fetch` hides it behind "fetch failed". */
export function causeOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
