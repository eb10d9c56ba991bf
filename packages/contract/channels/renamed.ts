import { z } from 'zod';

/** The answer to a renaming: the name of a channel now, and the one before. */
export const renamedSchema = z.object({ channel: z.string(), was: z.string() });

export type Renamed = z.infer<typeof renamedSchema>;
