import type { Identity } from '@parley/kit/tokens/identity.ts';
import type { AuditDraft } from '../store/people/audit.ts';

/** Makes the entry of an administrator's act at a time, in milliseconds since 1970 (UTC). */
export function actOf(
  { subject = '', name }: Identity,
  at: number,
  act: Pick<AuditDraft, 'act' | 'whom' | 'channel' | 'detail'>,
): AuditDraft {
  return { at, by: subject, ...(name !== undefined && { name }), ...act };
}
