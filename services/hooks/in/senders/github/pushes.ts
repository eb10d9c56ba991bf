import { firstLine, listAt, textAt } from '../../lookup.ts';
import { cut } from '../../post.ts';
import { type EventText, from, pageAt } from './other-event.ts';

const COMMITS_MAX = 5;
const LINE_MAX = 120;

export const push: EventText = (json) => {
  const commits = listAt(json, 'commits');
  const ref = refName(textAt(json, 'ref'));
  if (textAt(json, 'deleted') === 'true') return `${from(json)} deleted ${ref}`;
  const isForced = textAt(json, 'forced') === 'true';
  const what = commits.length === 0 ? ref : `${counted(commits.length)} to ${ref}`;
  const more = commits.length - COMMITS_MAX;
  return [
    `${from(json)} ${isForced ? 'force-pushed' : 'pushed'} ${what}`,
    ...commits.slice(0, COMMITS_MAX).map(commitLine),
    ...(more > 0 ? [`… and ${more} more`] : []),
    textAt(json, 'compare'),
  ]
    .filter(Boolean)
    .join('\n');
};

export const refCreated: EventText = (json) => `${from(json)} created ${refOf(json)}`;
export const refDeleted: EventText = (json) => `${from(json)} deleted ${refOf(json)}`;

/** GitHub sends it once, when a webhook is made. */
export const ping: EventText = (json) =>
  `${from(json)}: GitHub is connected${pageAt(json, 'repository.html_url')}`;

function refOf(json: unknown): string {
  return `${textAt(json, 'ref_type')} ${textAt(json, 'ref')}`;
}

function refName(ref: string): string {
  if (ref.startsWith('refs/tags/')) return `tag ${ref.slice('refs/tags/'.length)}`;
  return ref.replace(/^refs\/heads\//, '');
}

function counted(commits: number): string {
  return commits === 1 ? '1 commit' : `${commits} commits`;
}

function commitLine(commit: unknown): string {
  const author = textAt(commit, 'author.username') || textAt(commit, 'author.name');
  const line = cut(firstLine(textAt(commit, 'message')), LINE_MAX);
  return `- \`${textAt(commit, 'id').slice(0, 7)}\` ${line}${author && ` (${author})`}`;
}
