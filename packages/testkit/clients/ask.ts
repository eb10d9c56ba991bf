/** The answer to a request. */
export interface Answer {
  status: number;
  /** The JSON body; undefined if there is none. */
  body: Record<string, unknown> | undefined;
}

/** Sends a request, with JSON if there is a body. */
export async function ask(
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
