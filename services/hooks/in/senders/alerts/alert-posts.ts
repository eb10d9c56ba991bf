import type { Delivery } from '../../delivery.ts';
import { listAt, lookUp, textAt } from '../../lookup.ts';
import { asText, type Post } from '../../post.ts';
import { type AlertGroup, episodeOf, parseAlerts } from './alert.ts';
import { alertText } from './alert-text.ts';

/** Most messages of one delivery; what is left out is counted in one more. */
export const ALERTS_MAX = 50;

/** True for a notification in the form of Alertmanager, which Grafana's form extends. */
export function isAlerts({ json }: Delivery): boolean {
  return typeof lookUp(json, 'groupKey') === 'string' && Array.isArray(lookUp(json, 'alerts'));
}

/** True for a notification of Grafana. */
export function isGrafana(delivery: Delivery): boolean {
  return isAlerts(delivery) && textAt(delivery.json, 'orgId') !== '';
}

/**
 * The messages of a notification, one for each alert.
 * @throws ChatError `malformed-request`
 */
export function alertPosts(of: 'Alertmanager' | 'Grafana'): (delivery: Delivery) => Post[] {
  return ({ json }) => {
    const group = parseAlerts(json, of);
    const shown = group.alerts.slice(0, ALERTS_MAX);
    const posts = shown.map((alert): Post => {
      const episode = episodeOf(group.groupKey, alert);
      const resolved = alert.status === 'resolved';
      return {
        text: asText(alertText(alert)),
        id: `${episode}:${alert.status}`,
        alert: { episode, resolved },
      };
    });
    const more = listAt(json, 'alerts').length - shown.length + group.truncatedAlerts;
    return more > 0 ? [...posts, leftOut(group, more)] : posts;
  };
}

/** The message about the alerts that have none of their own. A repeat of the notification has the same id. */
function leftOut(group: AlertGroup, more: number): Post {
  const states = group.alerts.map((alert) => `${episodeOf(group.groupKey, alert)}:${alert.status}`);
  const text = `… and ${more} more alerts of this group${group.externalURL && `: ${group.externalURL}`}`;
  return { text: asText(text), id: JSON.stringify(states) };
}
