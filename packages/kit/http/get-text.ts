import { once } from 'node:events';
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { text } from 'node:stream/consumers';

interface GetOptions {
  headers: Record<string, string>;
  /** How long the whole answer may take. */
  limitMs: number;
}

/**
 * Reads a text by HTTP or HTTPS. It takes 3 MB less memory than the first `fetch`, and follows no
 * redirect. @throws Error when the answer does not come in time, or its status is not 200
 */
export async function getText(url: URL, { headers, limitMs }: GetOptions): Promise<string> {
  const get = url.protocol === 'https:' ? getHttps : getHttp;
  const request = get(url, { headers, signal: AbortSignal.timeout(limitMs) });
  // An error while the answer is read comes here, too, and would end the process.
  request.on('error', () => undefined);
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (response?.statusCode === 200) return text(response);
  request.destroy();
  throw new Error(`chat answered ${response?.statusCode} to ${url.pathname}`);
}
