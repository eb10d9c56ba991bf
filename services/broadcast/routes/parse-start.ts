import type { IncomingHttpHeaders } from 'node:http';
import { ChatError } from '@parley/contract/problem.ts';
import type { Start } from '../reader/catch-up.ts';

/** The most events that `?last=` may ask for. */
const LAST_MAX = 1_000;

/**
 * Parses where a stream begins. The header goes before the query: a browser's EventSource sends it
 * when it reconnects to the same URL. An empty value counts as absent.
 * @throws ChatError `invalid-query`
 */
export function parseStart(headers: IncomingHttpHeaders, query: Record<string, unknown>): Start {
  const positions = [headers['last-event-id'], query.lastEventId].flat();
  const position = positions.find((given) => given !== undefined && given !== '');
  if (position !== undefined) return { after: String(position) };
  if (query.last === undefined) return 'now';
  const newest = /^\d{1,9}$/.test(String(query.last)) ? Number(query.last) : Number.NaN;
  if (newest <= LAST_MAX) return { newest };
  throw new ChatError('invalid-query', `last must be a whole number from 0 to ${LAST_MAX}.`);
}
