import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The environment that every program of a test starts with, and nothing else of the developer's.
 * Node's compile cache is that of the npm scripts: without it a program strips and compiles all its
 * TypeScript again, which takes as much processor time as the rest of its start.
 */
export const PROGRAM_ENV = {
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: `${ROOT}node_modules/.cache/node`,
};
