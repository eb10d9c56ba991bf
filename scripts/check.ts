import { spawnSync } from 'node:child_process';

/** `npm run check`: types, then format, lint and import directions (biome.json says which way they may go). */
const STEPS = [
  ['node_modules/typescript/bin/tsc', '-p', '.'],
  ['node_modules/typescript/bin/tsc', '-p', 'client-demo'],
  ['node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings', '.'],
];

for (const step of STEPS) {
  const { status } = spawnSync(process.execPath, step, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
process.stdout.write('check: types, lint, format and imports are clean\n');
