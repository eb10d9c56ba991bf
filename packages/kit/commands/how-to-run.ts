/**
 * Set by the program `parley` of the image and of an Ansible host: people there type `parley account`,
 * and have no npm.
 */
export const STARTED_BY_PARLEY = 'PARLEY_COMMANDS';

/** How people run a command here: `npm run account -- list`, or else `parley account list`. */
export function howToRun(command: string, ...args: string[]): string {
  if (process.env[STARTED_BY_PARLEY]) return ['parley', command, ...args].join(' ');
  const npm = command === 'start' ? 'npm start' : `npm run ${command}`;
  return args.length === 0 ? npm : [npm, '--', ...args].join(' ');
}
