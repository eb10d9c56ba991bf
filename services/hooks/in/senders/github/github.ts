import { ChatError } from '@parley/contract/problem.ts';
import type { Delivery } from '../../delivery.ts';
import { asText, type Post } from '../../post.ts';
import { checkSuite, release, workflowRun } from './builds.ts';
import { type EventText, otherEvent } from './other-event.ts';
import { ping, push, refCreated, refDeleted } from './pushes.ts';
import { issue, issueComment, pullRequest, review, reviewComment } from './talk.ts';

/** Each event with a text of its own, by its name in X-GitHub-Event. */
const TEXTS: Record<string, EventText> = {
  ping,
  push,
  create: refCreated,
  delete: refDeleted,
  pull_request: pullRequest,
  pull_request_review: review,
  pull_request_review_comment: reviewComment,
  issues: issue,
  issue_comment: issueComment,
  release,
  workflow_run: workflowRun,
  check_suite: checkSuite,
};

const EVENT = /^[a-z_]{1,64}$/;

/** True for a request of GitHub. */
export function isGithub({ headers }: Delivery): boolean {
  return headers['x-github-event'] !== undefined;
}

/**
 * The message of an event of GitHub. Its id is that of the delivery, which stays the same when
 * GitHub sends it again.
 * @throws ChatError `malformed-request`
 */
export function githubPosts({ headers, json }: Delivery): Post[] {
  const event = headers['x-github-event'];
  if (typeof event !== 'string' || !EVENT.test(event) || !isObject(json)) {
    throw new ChatError('malformed-request', 'Send the JSON of an event, and X-GitHub-Event.');
  }
  const textOf = Object.hasOwn(TEXTS, event) ? TEXTS[event] : undefined;
  const text = asText((textOf ?? otherEvent)(json, event));
  const id = headers['x-github-delivery'];
  return [{ text, ...(typeof id === 'string' && { id }) }];
}

function isObject(json: unknown): boolean {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
