import { FAULT_KINDS, type Fault } from './fault.ts';
import type { Findings } from './findings.ts';
import type { Ledger } from './ledger.ts';
import type { Reader } from './reader.ts';

/** Result of a run. */
export interface Outcome {
  faults: Fault[];
  ledger: Ledger;
  readers: Reader[];
  /** The longest time from the acknowledgement of a post to its event at a reader. */
  longestOwed: { ms: number; seq: number; reader: number };
  findings: Findings;
}

const FINDINGS_SHOWN = 30;

/** Makes the report at the end of a run. */
export function renderReport(outcome: Outcome): string {
  const { ledger, readers, longestOwed } = outcome;
  const { found, remarks } = outcome.findings;
  const total = (of: (reader: Reader) => number) => readers.reduce((sum, r) => sum + of(r), 0);
  const answers = [...ledger.answers].map(([answer, count]) => `${answer}: ${count}`).sort();
  return [
    ...renderFaults(outcome.faults),
    `posts acknowledged           ${ledger.acknowledged} of ${ledger.posts.size}`,
    `answers                      ${answers.join(', ')}`,
    `longest wait for a POST      ${Math.round(ledger.longestWaitMs)} ms`,
    `events read                  ${total(({ span }) => span.events)} by ${readers.length} readers`,
    `streams opened               ${total(({ connections }) => connections)}`,
    `resets                       ${total(({ span }) => span.resets)}`,
    `longest delay to a reader    ${Math.round(longestOwed.ms)} ms, event ${longestOwed.seq} to reader ${longestOwed.reader}`,
    ...remarks.map((remark) => `note: ${remark}`),
    ...found.slice(0, FINDINGS_SHOWN).map((finding) => `FOUND: ${finding}`),
    ...(found.length > FINDINGS_SHOWN ? [`FOUND: ${found.length} in all`] : []),
    found.length === 0 ? 'PASS' : 'FAIL',
  ].join('\n');
}

/** A table with the number of faults of each kind for each component. */
function renderFaults(faults: Fault[]): string[] {
  const names = [...new Set(faults.map(({ component }) => component.name))].sort();
  const row = (name: string, cells: (string | number)[]) =>
    name.padEnd(13) + cells.map((cell) => String(cell).padStart(9)).join('');
  const count = (name: string, wanted: string) =>
    faults.filter(({ component, kind }) => component.name === name && kind === wanted).length;
  return [
    row(`${faults.length} faults`, [...FAULT_KINDS]),
    ...names.map((name) =>
      row(
        name,
        FAULT_KINDS.map((kind) => count(name, kind)),
      ),
    ),
  ];
}
