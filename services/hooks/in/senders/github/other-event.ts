import { firstLine, textAt } from '../../lookup.ts';
import { cut } from '../../post.ts';

/** Makes the text of an event from its JSON; `event` is its name. */
export type EventText = (json: unknown, event: string) => string;

const TITLE_MAX = 200;
const BODY_MAX = 500;
/** Where GitHub puts the page of what an event is about. */
const PAGES = [
  'discussion',
  'deployment_status',
  'check_run',
  'alert',
  'milestone',
  'project',
  'forkee',
  'comment',
];

/** A line for an event that has no text of its own: who did what, where. */
export const otherEvent: EventText = (json, event) => {
  const action = [event, textAt(json, 'action')].filter(Boolean).join(' ').replaceAll('_', ' ');
  const page = PAGES.map((name) => textAt(json, `${name}.html_url`)).find(Boolean);
  return `${from(json)}: ${action}${page ? `\n${page}` : ''}`;
};

/** The repository, or else the organization, and who did it: `[acme/app] ada`. */
export function from(json: unknown): string {
  const place = textAt(json, 'repository.full_name') || textAt(json, 'organization.login');
  const who = textAt(json, 'sender.login') || textAt(json, 'pusher.name');
  return [place && `[${place}]`, who].filter(Boolean).join(' ') || 'GitHub';
}

/** A title on one line. */
export function titleAt(json: unknown, path: string): string {
  return cut(firstLine(textAt(json, path)), TITLE_MAX);
}

/** The beginning of a longer text, on lines of its own; empty where there is none. */
export function bodyAt(json: unknown, path: string): string {
  const text = cut(textAt(json, path).trim(), BODY_MAX);
  return text && `\n${text}`;
}

/** The action with spaces: `ready for review`. */
export function actionOf(json: unknown): string {
  return textAt(json, 'action').replaceAll('_', ' ');
}

/** The page at a path, on a line of its own. */
export function pageAt(json: unknown, path: string): string {
  const page = textAt(json, path);
  return page && `\n${page}`;
}
