import { cut } from '../../post.ts';
import type { Alert } from './alert.ts';

const LINE_MAX = 1_000;
const LABELS_MAX = 20;
/** Labels that the first line shows, or that say nothing about the alert itself. */
const SHOWN_ABOVE = ['alertname', 'severity', 'grafana_folder', '__alert_rule_uid__'];

/** The message of an alert: what, since when, until when, and where to look. */
export function alertText(alert: Alert): string {
  const { labels, annotations, values } = alert;
  const summary = annotations.summary || annotations.message || '';
  const description = annotations.description || '';
  return [
    headline(alert),
    summary,
    description === summary ? '' : description,
    shortList(labels, (name) => !SHOWN_ABOVE.includes(name)),
    Object.keys(values).length > 0 && `values: ${shortList(values)}`,
    times(alert),
    annotations.runbook_url && `Runbook: ${annotations.runbook_url}`,
    alert.panelURL || alert.dashboardURL || alert.generatorURL,
  ]
    .filter((line) => typeof line === 'string' && line !== '')
    .map((line) => cut(String(line), LINE_MAX))
    .join('\n');
}

function headline({ status, labels }: Alert): string {
  const sign = status === 'firing' ? '🔴 FIRING' : '🟢 RESOLVED';
  const { alertname = 'alert', severity } = labels;
  return `${sign}: ${alertname}${severity ? ` (${severity})` : ''}`;
}

function shortList(
  fields: Record<string, string>,
  isShown: (name: string) => boolean = () => true,
): string {
  return Object.entries(fields)
    .filter(([name]) => isShown(name))
    .slice(0, LABELS_MAX)
    .map(([name, value]) => `${name}=${cut(value, 100)}`)
    .join(', ');
}

function times({ status, startsAt, endsAt }: Alert): string {
  const [start, end] = [Date.parse(startsAt), Date.parse(endsAt)];
  if (Number.isNaN(start)) return '';
  if (status === 'firing' || !(end >= start)) return `since ${utc(start)}`;
  return `${utc(start)} to ${utc(end)} (${duration(end - start)})`;
}

function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.round(ms / 1_000)} s`;
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}
