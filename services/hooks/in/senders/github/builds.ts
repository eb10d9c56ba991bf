import { firstLine, textAt } from '../../lookup.ts';
import { actionOf, bodyAt, type EventText, from, pageAt, titleAt } from './other-event.ts';

export const release: EventText = (json) => {
  const tag = textAt(json, 'release.tag_name');
  const title = titleAt(json, 'release.name');
  const body = textAt(json, 'action') === 'published' ? bodyAt(json, 'release.body') : '';
  const name = title && title !== tag ? `${tag}: ${title}` : tag;
  return `${from(json)} ${actionOf(json)} release ${name}${body}${pageAt(json, 'release.html_url')}`;
};

export const workflowRun: EventText = (json) => {
  const number = textAt(json, 'workflow_run.run_number');
  const name = `${textAt(json, 'workflow_run.name')}${number && ` #${number}`}`;
  const title = titleAt(json, 'workflow_run.display_title');
  return `${outcome(json, 'workflow_run', name)}${title && `\n${title}`}${pageAt(json, 'workflow_run.html_url')}`;
};

export const checkSuite: EventText = (json) => {
  const message = firstLine(textAt(json, 'check_suite.head_commit.message'));
  const name = textAt(json, 'check_suite.app.name') || 'checks';
  return `${outcome(json, 'check_suite', name)}${message && `\n${message}`}`;
};

/** `[acme/app] ✅ CI #12: success on main`. */
function outcome(json: unknown, name: string, title: string): string {
  const state = textAt(json, `${name}.conclusion`) || textAt(json, `${name}.status`);
  const branch = textAt(json, `${name}.head_branch`);
  const place = textAt(json, 'repository.full_name');
  const words = `${title}: ${(state || actionOf(json)).replaceAll('_', ' ')}`;
  return [place && `[${place}]`, SIGNS.get(state), words, branch && `on ${branch}`]
    .filter(Boolean)
    .join(' ');
}

const SIGNS = new Map([
  ['success', '✅'],
  ['failure', '❌'],
  ['timed_out', '❌'],
  ['startup_failure', '❌'],
  ['cancelled', '⚪'],
  ['skipped', '⚪'],
]);
