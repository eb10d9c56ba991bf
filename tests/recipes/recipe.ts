import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { needs, needsPart } from '@parley/testkit/real-parts.ts';

const DOCS = fileURLToPath(new URL('../../docs', import.meta.url));
/** The address in every recipe. */
export const ADDRESS = 'http://localhost:8080';
/** The most lines with text that a recipe may have. */
const LINES_MAX = 15;
/** Where `.ci/run` installs the packages of requirements.txt. */
const PYTHON = `${process.env.XDG_CACHE_HOME || `${homedir()}/.cache`}/parley-recipes/bin/python`;
const SYSTEM_NODE = '/usr/bin/node';
const OLDEST_NODE = 20;

/** A recipe of a page, and the program that runs it. */
export interface Recipe {
  /** The heading, and which Node runs it. */
  name: string;
  code: string;
  command: string;
  /** The name of a file with its code. */
  file: string;
  options: { skip: string | false };
}

/**
 * The recipes of a page of docs, once for each program that runs them: those whose heading begins
 * with a word, or all.
 * @throws Error for a recipe that is missing or too long
 */
export function recipesOf(page: string, word = ''): Recipe[] {
  const text = readFileSync(`${DOCS}/${page}`, 'utf8');
  const headings = [...text.matchAll(/^##+ (.*)$/gm)].map(([, heading = '']) => heading);
  return headings
    .filter((heading) => word === '' || heading.startsWith(`${word} `))
    .flatMap((heading) => withPrograms(heading, codeOf(text, heading)));
}

function withPrograms(heading: string, code: string): Recipe[] {
  if (heading.endsWith('curl')) {
    const options = needs('curl');
    return [{ name: heading, code, command: 'sh', file: 'recipe.sh', options }];
  }
  if (heading.endsWith('Python')) {
    const options = needsPart(`httpx (${PYTHON})`, existsSync(PYTHON));
    return [{ name: heading, code, command: PYTHON, file: 'recipe.py', options }];
  }
  const name = `${heading} ${process.version}`;
  const common = { code, file: 'recipe.mjs' };
  const ours = { ...common, name, command: process.execPath, options: { skip: false } } as const;
  // Installed packages and our own client need a newer Node than some systems have.
  const isForOurs = heading.includes('package') || code.includes("'@parley/client'");
  return isForOurs ? [ours] : [ours, withSystemNode(heading, common)];
}

/** Our own Node runs the recipe in any case, so a missing or old Node of the system is no failure. */
function withSystemNode(heading: string, common: Pick<Recipe, 'code' | 'file'>): Recipe {
  const { stdout } = spawnSync(SYSTEM_NODE, ['--version'], { encoding: 'utf8' });
  const version = String(stdout ?? '').trim();
  const isNew = Number(/^v(\d+)/.exec(version)?.[1]) >= OLDEST_NODE;
  const skip = isNew ? false : `${SYSTEM_NODE} is not Node ${OLDEST_NODE} or later`;
  return { ...common, name: `${heading} ${version}`, command: SYSTEM_NODE, options: { skip } };
}

function codeOf(text: string, heading: string): string {
  const [section = ''] = (text.split(`# ${heading}\n`)[1] ?? '').split(/^##+ /m);
  const code = /^```\w+\n([\s\S]*?)^```$/m.exec(section)?.[1] ?? '';
  const lines = code.split('\n').filter((line) => line.trim() !== '').length;
  if (lines <= LINES_MAX && code.includes(ADDRESS)) return code;
  throw new Error(`the recipe "${heading}" has ${lines} lines, or no ${ADDRESS}`);
}
