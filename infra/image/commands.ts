import { existsSync, readFileSync } from 'node:fs';

/** A program of this folder's release, and the arguments that its command always has. */
export interface Command {
  program: string;
  args: string[];
}

/** `exec node tools/bootstrap.mjs [--client] program [argument …]` */
const SCRIPT = /^exec node tools\/bootstrap\.mjs (?:--client )?(\S+)(.*)$/;

/**
 * The commands of a release: the scripts of its package.json whose program it has. So `parley
 * account` in the image is `npm run account` in a clone. `root` ends with a slash.
 */
export function commandsOf(root: URL): Map<string, Command> {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  const commands = new Map<string, Command>();
  for (const [name, script] of Object.entries<string>(scripts)) {
    const [, program, args = ''] = SCRIPT.exec(script) ?? [];
    if (program === undefined || !existsSync(new URL(program, root))) continue;
    commands.set(name, { program, args: args.split(' ').filter((one) => one !== '') });
  }
  return commands;
}
