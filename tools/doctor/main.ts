import { runOnce } from '@parley/kit/run.ts';
import { examine } from './examine.ts';
import { parseDoctorOptions, USAGE } from './options.ts';
import { renderVerdict } from './render.ts';

/** `npm run doctor -- https://my.host`: checks a deployment from outside. */
await runOnce(async () => {
  const visit = parseDoctorOptions(process.argv.slice(2));
  if (!visit) return say(USAGE);
  say(
    `${visit.url.origin}: posting to channel ${visit.channel}; takes a little over ${visit.idleSeconds} s\n`,
  );
  const found = { ok: [] as string[], wrong: [] as string[], open: [] as string[] };
  for await (const { name, verdict } of examine(visit)) {
    say(renderVerdict(name, verdict));
    found[verdict.kind].push(name);
  }
  const { wrong, open } = found;
  const unchecked = open.length === 0 ? '' : ` Not checked: ${open.join(', ')}.`;
  say(wrong.length === 0 ? `\nNothing is wrong.${unchecked}` : `\nWrong: ${wrong.join(', ')}.`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
});

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
