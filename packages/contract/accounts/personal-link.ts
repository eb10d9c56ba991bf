import { z } from 'zod';

/**
 * A link that is given out once. Its secret is in the fragment (`#invitation=…` or `#reset=…`), which
 * browsers do not send.
 */
export const personalLinkSchema = z.object({ link: z.string(), expiresAt: z.string() });
export type PersonalLink = z.infer<typeof personalLinkSchema>;
