#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { STARTED_BY_PARLEY } from '@parley/kit/commands/how-to-run.ts';
import { type Command, commandsOf } from './commands.ts';

/**
 * The entry of the image: `parley [command] [argument …]` runs a command in this process, so signals
 * and the exit code are the command's own. Without a command it is `start`, all of Parley.
 */
const root = new URL('../../', import.meta.url);
const commands = commandsOf(root);
const [name = 'start', ...args] = process.argv.slice(2);
const command = commands.get(name) ?? byPath(name);

if (command) {
  process.env[STARTED_BY_PARLEY] = 'yes';
  const program = new URL(command.program, root);
  process.argv.splice(1, process.argv.length, fileURLToPath(program), ...command.args, ...args);
  await import(program.href);
} else {
  const wantsHelp = name === '--help' || name === '-h';
  (wantsHelp ? process.stdout : process.stderr).write(`${usage(name, wantsHelp)}\n`);
  process.exitCode = wantsHelp ? 0 : 2;
}

/** A program by its path, such as services/chat/main.ts in compose files and manifests. */
function byPath(path: string): Command | undefined {
  const isProgram = path.endsWith('.ts') && existsSync(new URL(path, root));
  return isProgram ? { program: path, args: [] } : undefined;
}

function usage(name: string, wantsHelp: boolean): string {
  return [
    ...(wantsHelp ? [] : [`parley: there is no command ${name}`, '']),
    'parley [command] [argument …]',
    '',
    'Runs a command; without one it is start: all of Parley in one process.',
    `Commands, each with --help: ${[...commands.keys()].join(', ')}`,
  ].join('\n');
}
