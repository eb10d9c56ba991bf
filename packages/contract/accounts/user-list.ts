import { z } from 'zod';

/**
 * A page of the accounts, for administrators. `at` is when the account was made, `suspendedAt` when
 * it was suspended; `next` is the `after` of the next page.
 */
export const userListSchema = z.object({
  users: z.array(
    z.object({
      username: z.string(),
      email: z.string(),
      emailConfirmed: z.boolean(),
      admin: z.boolean(),
      at: z.string(),
      suspendedAt: z.string().optional(),
    }),
  ),
  next: z.string().nullable(),
});
export type UserList = z.infer<typeof userListSchema>;
