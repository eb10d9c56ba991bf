import { type ParseArgsConfig, parseArgs } from 'node:util';
import { PlainError } from './plain-error.ts';

/** Reads a command's arguments, as `parseArgs` of Node does. @throws PlainError that says what is wrong with them */
export function parseCommandLine<T extends ParseArgsConfig>(config: T) {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new PlainError((error as Error).message);
  }
}
