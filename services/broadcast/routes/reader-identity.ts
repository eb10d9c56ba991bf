import type { IncomingHttpHeaders } from 'node:http';
import { isTicket, parseRedeemed } from '@parley/contract/accounts/ticket.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { ownProcessHeader } from '@parley/kit/http/own-process.ts';
import type { Gate } from '@parley/kit/tokens/gate.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';

/** How long chat may take to redeem a ticket. */
const ANSWER_LIMIT_MS = 10_000;

/**
 * Identifies the reader of a stream request: by the ticket in the query, or without a ticket by the
 * headers. A ticket goes before a header, and is used up.
 * @throws ChatError `invalid-ticket`, `invalid-token`, `keys-unavailable` or `store-unavailable`
 */
export type IdentifyReader = (headers: IncomingHttpHeaders, ticket: unknown) => Promise<Identity>;

/** Makes an `IdentifyReader`. Any replica of chat redeems a ticket for a token. */
export function openIdentifyReader(
  chatUrl: string,
  { gate, ownSecret }: { gate: Gate; ownSecret: string | undefined },
): IdentifyReader {
  const url = new URL('/tickets/redeem', chatUrl);
  const own = ownProcessHeader(ownSecret);
  return async (headers, ticket) => {
    if (ticket === undefined) return gate.identify(headers);
    if (!isTicket(ticket)) throw refusal();
    return gate.identifyBearer(await redeem(url, ticket, own));
  };
}

async function redeem(url: URL, ticket: string, own: Record<string, string>): Promise<string> {
  const response = await ask(url, ticket, own);
  // A chat that makes no tickets has no valid ones.
  if (response.status === 401 || response.status === 404) throw refusal();
  if (!response.ok) throw unavailable();
  return parseRedeemed(await response.json());
}

async function ask(url: URL, ticket: string, own: Record<string, string>): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...own },
      body: JSON.stringify({ ticket }),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
  } catch (error) {
    throw unavailable(error);
  }
}

function refusal(): ChatError {
  return new ChatError('invalid-ticket', 'The ticket was used or has expired; get a new one.');
}

function unavailable(cause?: unknown): ChatError {
  return new ChatError('store-unavailable', 'Tickets cannot be checked now; get a new one.', {
    cause,
  });
}
