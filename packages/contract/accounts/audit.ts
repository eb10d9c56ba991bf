import { z } from 'zod';

const text = z.string();

/**
 * An act of an administrator, as it is kept. `by` is the subject of the administrator's token, or
 * `command` for `npm run account`; `name` is the token's name, or the system's user. `whom` is the
 * name of the account or author that the act is about.
 */
export const auditEntrySchema = z.object({
  id: z.int().positive(),
  at: text,
  by: text,
  name: text.optional(),
  act: text,
  whom: text.optional(),
  channel: text.optional(),
  detail: text.optional(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** A page of the acts of administrators, in rising order of `id`. */
export const auditPageSchema = z.object({
  entries: z.array(auditEntrySchema),
  next: z.int().nullable(),
});
export type AuditPage = z.infer<typeof auditPageSchema>;
