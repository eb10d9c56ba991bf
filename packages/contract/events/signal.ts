import { z } from 'zod';
import { encodeWithData, parseKeepingData } from '../json-text.ts';

/** Most bytes of a signal's text and data together, as UTF-8. */
export const SIGNAL_MAX_BYTES = 4_096;

/**
 * An event that is not stored and has no number: it is delivered at most once, to the readers that
 * are connected. `data` is a `JsonText`. A message that is not stored has the type `message` and its
 * text in `message`.
 */
export const signalSchema = z.object({
  channel: z.string().min(1),
  kind: z.literal('signal'),
  type: z.string().min(1),
  at: z.string(),
  username: z.string().optional(),
  message: z.string().optional(),
  data: z.string().optional(),
});

export type Signal = z.infer<typeof signalSchema>;

/** The answer to a POST that was sent as a signal. */
export type SignalReceipt = Pick<Signal, 'channel' | 'type' | 'at' | 'username'> & {
  server: string;
};

/** Reads a signal from JSON text. @throws ZodError or SyntaxError when the text is not one */
export function parseSignal(json: string): Signal {
  return signalSchema.parse(parseKeepingData(json));
}

/** Writes a signal as JSON text, with its data as its author wrote it. */
export function encodeSignal(signal: Signal): string {
  return encodeWithData(signal);
}
