const kept: Response[] = [];

/**
 * Requests a stream as `fetch` does, and keeps its response: a stream whose response was collected
 * as garbage ends.
 */
export async function openStream(url: string, options?: RequestInit): Promise<Response> {
  const response = await fetch(url, options);
  kept.push(response);
  return response;
}
