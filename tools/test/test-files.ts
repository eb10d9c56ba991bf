import { globSync } from 'node:fs';

/** How a test file runs; the end of its name decides. */
export type Kind = 'side by side' | 'long' | 'alone';

/**
 * The files of a run: those that may run at the same time as others, and those that must run alone.
 */
export interface TestFiles {
  sideBySide: string[];
  alone: string[];
}

/** The files of a run: those of `npm test`, the rest, or all. */
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
 * The test files below this folder for a selection. With words, all files whose path contains one
 * of them. Tests of the whole system come first, because they take longest.
 */
export function findTestFiles(selection: Selection, words: string[]): TestFiles {
  const found = globSync('**/*.test.ts', { exclude: (path) => path.endsWith('node_modules') });
  return chooseTestFiles(found, selection, words);
}

/** Like `findTestFiles`, from a list of paths. */
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
