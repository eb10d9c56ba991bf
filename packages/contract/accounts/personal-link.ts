import { z } from 'zod';

/**
 * A page of the invitations that can be used, without their secrets. `uses` is how many accounts can
 * still be created; `next` is the `after` of the next page.
 */
export const invitationListSchema = z.object({
  invitations: z.array(z.object({ id: z.string(), uses: z.int(), expiresAt: z.string() })),
  next: z.string().nullable(),
});
export type InvitationList = z.infer<typeof invitationListSchema>;

/**
 * A link that is given out once. Its secret is in the fragment (`#invitation=…`, `#reset=…` or `#confirm=…`), which
 * browsers do not send.
 */
export const personalLinkSchema = z.object({ link: z.string(), expiresAt: z.string() });
export type PersonalLink = z.infer<typeof personalLinkSchema>;
