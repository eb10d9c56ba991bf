import { z } from 'zod';
import { ChatError } from '../problem.ts';

/** A ticket: 256 random bits in base64url (RFC 4648 section 5). */
const TICKET = /^[A-Za-z0-9_-]{43}$/;

const redeemingSchema = z.object({ ticket: z.string() });
const redeemedSchema = z.object({ token: z.string() });

/** True when the text has the form of a ticket; only chat knows whether the ticket exists. */
export function isTicket(text: unknown): text is string {
  return typeof text === 'string' && TICKET.test(text);
}

/** Reads the ticket in the body of `POST /tickets/redeem`. @throws ChatError `malformed-json` */
export function parseRedeeming(text: string): string {
  try {
    return redeemingSchema.parse(JSON.parse(text)).ticket;
  } catch {
    throw new ChatError('malformed-json', 'Send {"ticket": "…"} as JSON.');
  }
}

/** Reads the token in its answer. @throws ZodError when there is no token */
export function parseRedeemed(document: unknown): string {
  return redeemedSchema.parse(document).token;
}
