import { createHash } from 'node:crypto';
import { ChatError } from '@parley/contract/problem.ts';
import { z } from 'zod';
import { textOf } from '../../lookup.ts';

/** Labels and annotations are texts; other values count as their text. */
const texts = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((fields) =>
    Object.fromEntries(Object.entries(fields ?? {}).map(([name, value]) => [name, textOf(value)])),
  );
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

const alertSchema = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: texts,
  annotations: texts,
  startsAt: text,
  endsAt: text,
  generatorURL: text,
  fingerprint: text,
  /** Grafana has these, too. */
  dashboardURL: text,
  panelURL: text,
  silenceURL: text,
  values: texts,
});

const groupSchema = z.object({
  groupKey: z.string(),
  externalURL: text,
  truncatedAlerts: z
    .number()
    .nullish()
    .transform((count) => count ?? 0),
  alerts: z.array(alertSchema),
});

/** An alert of Prometheus or Grafana, firing or resolved. */
export type Alert = z.output<typeof alertSchema>;
/** A notification: alerts of one group. */
export type AlertGroup = z.output<typeof groupSchema>;

/** Reads a notification. `of` names its sender. @throws ChatError `malformed-request` */
export function parseAlerts(json: unknown, of: string): AlertGroup {
  const read = groupSchema.safeParse(json);
  if (read.success) return read.data;
  const { path, message } = read.error.issues[0] ?? { path: [], message: '' };
  throw new ChatError(
    'malformed-request',
    `This is no notification of ${of}: ${path.join('.') || 'the body'}: ${message}.`,
  );
}

/** Names the time for which an alert of a group fires, in 43 characters. */
export function episodeOf(groupKey: string, { fingerprint, labels, startsAt }: Alert): string {
  const alert = fingerprint || JSON.stringify(Object.entries(labels).sort());
  return createHash('sha256').update([groupKey, alert, startsAt].join('\0')).digest('base64url');
}
