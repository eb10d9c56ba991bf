import { z } from 'zod';
import { ChatError } from '../problem.ts';

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

/** Acts of administrators at another service, which asks chat to keep them. */
const keptActSchema = z.strictObject({
  act: z.enum(['put-hook', 'delete-hook']),
  detail: z.string().min(1).max(200),
});
export type KeptAct = z.infer<typeof keptActSchema>;

/** Reads the body of `POST /audit`. @throws ChatError `malformed-request` */
export function parseKeptAct(fields: Record<string, unknown>): KeptAct {
  const act = keptActSchema.safeParse(fields);
  if (act.success && !act.data.detail.includes('\0')) return act.data;
  throw new ChatError('malformed-request', 'Send {"act", "detail"} with an act of a hook.');
}
