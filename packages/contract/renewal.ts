import { z } from 'zod';

/** How a stream is named: by the broadcast instance that it is open at, and within it. */
const STREAM = /^([A-Za-z0-9_-]{1,64})\.[A-Za-z0-9_-]{1,64}$/;

const renewalSchema = z.object({ stream: z.string().regex(STREAM), token: z.string() });

/** A token with which a stream goes on that another has opened. */
export type Renewal = z.infer<typeof renewalSchema>;

/** The instance at which a stream is open, which is where its renewal goes; undefined for what names no stream. */
export function instanceOf(stream: string): string | undefined {
  return STREAM.exec(stream)?.[1];
}

/** Reads what goes on a renewals topic. @throws SyntaxError or ZodError when it is something else */
export function parseRenewal(text: string): Renewal {
  return renewalSchema.parse(JSON.parse(text));
}

export function encodeRenewal({ stream, token }: Renewal): string {
  return JSON.stringify({ stream, token });
}
