import { textAt } from '../../lookup.ts';
import { actionOf, bodyAt, type EventText, from, pageAt, titleAt } from './other-event.ts';

export const pullRequest: EventText = (json) => {
  const isMerged =
    textAt(json, 'action') === 'closed' && textAt(json, 'pull_request.merged') === 'true';
  const done = isMerged ? 'merged' : actionOf(json);
  const body = textAt(json, 'action') === 'opened' ? bodyAt(json, 'pull_request.body') : '';
  return `${from(json)} ${done} pull request ${subject(json, 'pull_request')}${body}${pageAt(json, 'pull_request.html_url')}`;
};

export const review: EventText = (json) => {
  const state = textAt(json, 'review.state').replaceAll('_', ' ');
  return `${from(json)} reviewed pull request ${subject(json, 'pull_request')}: ${state}${bodyAt(json, 'review.body')}${pageAt(json, 'review.html_url')}`;
};

export const reviewComment: EventText = (json) =>
  `${from(json)} ${commented(json)} pull request ${subject(json, 'pull_request')}${bodyAt(json, 'comment.body')}${pageAt(json, 'comment.html_url')}`;

export const issue: EventText = (json) => {
  const label = textAt(json, 'label.name');
  const done = label ? `${actionOf(json)} "${label}":` : actionOf(json);
  const body = textAt(json, 'action') === 'opened' ? bodyAt(json, 'issue.body') : '';
  return `${from(json)} ${done} issue ${subject(json, 'issue')}${body}${pageAt(json, 'issue.html_url')}`;
};

/** A comment on an issue, or on a pull request, which is an issue to GitHub, too. */
export const issueComment: EventText = (json) => {
  const kind = textAt(json, 'issue.pull_request.url') ? 'pull request' : 'issue';
  return `${from(json)} ${commented(json)} ${kind} ${subject(json, 'issue')}${bodyAt(json, 'comment.body')}${pageAt(json, 'comment.html_url')}`;
};

function commented(json: unknown): string {
  const action = actionOf(json);
  return action === 'created' ? 'commented on' : `${action} a comment on`;
}

function subject(json: unknown, name: string): string {
  return `#${textAt(json, `${name}.number`)}: ${titleAt(json, `${name}.title`)}`;
}
