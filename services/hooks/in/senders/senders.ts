import { ChatError } from '@parley/contract/problem.ts';
import type { Sender, SenderRules } from '../../store/in-store.ts';
import type { Delivery } from '../delivery.ts';
import type { Post } from '../post.ts';
import { alertPosts, isAlerts, isGrafana } from './alerts/alert-posts.ts';
import { githubPosts, isGithub } from './github/github.ts';
import { requireSignature } from './github/signature.ts';
import { isSlack, slackPosts } from './slack/slack.ts';
import { templatePosts } from './template.ts';
import { textPosts } from './text.ts';

/** A sender that was found. */
export type FoundSender = Exclude<Sender, 'auto'>;

/** Senders in the order in which `auto` looks for them. */
const SIGNS: [sender: FoundSender, is: (delivery: Delivery, rules: SenderRules) => boolean][] = [
  ['github', isGithub],
  ['grafana', isGrafana],
  ['alertmanager', isAlerts],
  ['template', (_, { template }) => template !== null],
  ['slack', isSlack],
  ['text', ({ json }) => json === undefined],
];

/** Finds the sender of a delivery by its headers and its form. @throws ChatError `malformed-request` */
export function senderOf(delivery: Delivery, rules: SenderRules): FoundSender {
  if (rules.sender !== 'auto') return rules.sender;
  const found = SIGNS.find(([, is]) => is(delivery, rules))?.[0];
  if (found) return found;
  throw new ChatError(
    'malformed-request',
    'This JSON has no known form; give the hook a template, such as {"template": "{{title}}"}.',
  );
}

/**
 * The messages that a delivery asks for.
 * @throws ChatError `malformed-request`, `invalid-message`, or `forbidden` for a wrong signature
 */
export function postsOf(delivery: Delivery, sender: FoundSender, rules: SenderRules): Post[] {
  if (rules.githubSecret !== null) requireSignature(delivery, rules.githubSecret);
  switch (sender) {
    case 'text':
      return textPosts(delivery);
    case 'slack':
      return slackPosts(delivery);
    case 'github':
      return githubPosts(delivery);
    case 'alertmanager':
      return alertPosts('Alertmanager')(delivery);
    case 'grafana':
      return alertPosts('Grafana')(delivery);
    case 'template':
      return templatePosts(delivery, rules.template ?? '');
  }
}
