import { globSync } from 'node:fs';

/** How a file of tests is run, told by the end of its name. */
export type Kind = 'side by side' | 'long' | 'alone';

/** A run's files: those that may share the machine, and those that need it for themselves. */
export interface TestFiles {
  sideBySide: string[];
  alone: string[];
}

/** Which files a run takes: `npm test`, what it leaves out, or both. */
export type Selection = 'test' | 'rest' | 'all';

const ENDINGS: [ending: string, kind: Kind][] = [
  ['.alone.test.ts', 'alone'],
  ['.long.test.ts', 'long'],
  ['.test.ts', 'side by side'],
];

/** The kind of a test file. */
export function kindOf(path: string): Kind {
  return ENDINGS.find(([ending]) => path.endsWith(ending))?.[1] ?? 'side by side';
}

/**
 * Every test file below this folder that the selection takes. With words, the files of every kind
 * whose path holds one of them. Tests of the whole system come first, since they take longest.
 */
export function findTestFiles(selection: Selection, words: string[]): TestFiles {
  const found = globSync('**/*.test.ts', { exclude: (path) => path.endsWith('node_modules') });
  return chooseTestFiles(found, selection, words);
}

/** As `findTestFiles`, of these paths. */
export function chooseTestFiles(paths: string[], selection: Selection, words: string[]): TestFiles {
  const isWanted = (path: string) =>
    words.length > 0
      ? words.some((word) => path.includes(word))
      : selection === 'all' || (selection === 'test') === (kindOf(path) === 'side by side');
  const wanted = paths.filter(isWanted).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return {
    sideBySide: wanted.filter((path) => kindOf(path) !== 'alone'),
    alone: wanted.filter((path) => kindOf(path) === 'alone'),
  };
}

const rank = (path: string) => (path.startsWith('tests/') ? 0 : 1);
