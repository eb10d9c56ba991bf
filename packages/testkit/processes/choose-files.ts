import { HELP, parseCommandLine, UsageError } from '@parley/kit/commands/command-line.ts';

/**
 * The test files that a command's arguments name; all of them without arguments. Ends the process
 * with 0 after `--help`, and with 2 after an unknown option or name.
 */
export function chooseFiles(command: string, files: readonly string[]): string[] {
  try {
    const { values, positionals } = parseCommandLine({
      args: process.argv.slice(2),
      options: { help: HELP },
      allowPositionals: true,
    });
    if (values.help) {
      process.stdout.write(`${command} [-- NAME ...]   names: ${files.join(', ')}\n`);
      process.exit(0);
    }
    const unknown = positionals.find((name) => !files.includes(name));
    if (unknown) throw new UsageError(`no file has the name ${unknown}\n--help lists the names.`);
    return files.filter((name) => positionals.length === 0 || positionals.includes(name));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}
