import { z } from 'zod';

/** The name of a stream: its broadcast instance, and its own part within the instance. */
const STREAM = /^([A-Za-z0-9_-]{1,64})\.[A-Za-z0-9_-]{1,64}$/;

const renewalSchema = z.object({ stream: z.string().regex(STREAM), token: z.string() });

/** The new token with which an open stream continues. */
export type Renewal = z.infer<typeof renewalSchema>;

/**
 * The instance that holds a stream and gets its renewals; undefined for a text that names no
 * stream.
 */
export function instanceOf(stream: string): string | undefined {
  return STREAM.exec(stream)?.[1];
}

/**
 * Reads a message of a renewals topic.
 * @throws SyntaxError or ZodError when it is something else
 */
export function parseRenewal(text: string): Renewal {
  return renewalSchema.parse(JSON.parse(text));
}

export function encodeRenewal({ stream, token }: Renewal): string {
  return JSON.stringify({ stream, token });
}
