/** Examples that the report shows of each reason. */
const EXAMPLES = 3;
const EXAMPLE_CHARACTERS = 80;

/** A count, with its first few examples. */
export interface Count {
  count: number;
  examples: string[];
}

/** A channel of the export, and what became of its messages. */
export interface ChannelReport {
  /** Its name in the export. */
  source: string;
  /** Its name in Parley. */
  name: string;
  /** True for a private channel and a direct conversation. */
  private: boolean;
  messages: number;
}

/** What an import read, stored, left out and changed. Its size does not grow with the export. */
export class Report {
  /** Messages that the export has for Parley; a long one counts once for each part. */
  messages = 0;
  stored = 0;
  /** Messages that an earlier run stored. */
  repeated = 0;
  /** Reactions that the export has for Parley. */
  reactions = 0;
  storedReactions = 0;
  repeatedReactions = 0;
  readonly leftOut = new Map<string, Count>();
  readonly changed = new Map<string, Count>();

  leaveOut(reason: string, example: string, count = 1): void {
    add(this.leftOut, reason, example, count);
  }

  change(what: string, example: string): void {
    add(this.changed, what, example, 1);
  }
}

function add(counts: Map<string, Count>, reason: string, example: string, by: number): void {
  const entry = counts.get(reason) ?? { count: 0, examples: [] };
  entry.count += by;
  if (entry.examples.length < EXAMPLES) entry.examples.push(shown(example));
  counts.set(reason, entry);
}

/** An example on one line, without characters that a terminal would obey. */
function shown(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  const characters = [...line.slice(0, 2 * EXAMPLE_CHARACTERS)];
  if (characters.length <= EXAMPLE_CHARACTERS) return line;
  return `${characters.slice(0, EXAMPLE_CHARACTERS - 1).join('')}…`;
}

/** The report as lines for people. */
export function reportLines(
  report: Report,
  { channels, dryRun }: { channels: ChannelReport[]; dryRun: boolean },
): string[] {
  const { messages, stored, repeated } = report;
  const { reactions, storedReactions, repeatedReactions } = report;
  const sum = (what: string, all: number, now: number, before: number) =>
    dryRun
      ? `${all} ${what} would be stored, but for those that an earlier run stored`
      : `${now} ${what} stored, ${before} were stored by an earlier run`;
  return [
    sum('messages', messages, stored, repeated),
    ...(reactions > 0 ? [sum('reactions', reactions, storedReactions, repeatedReactions)] : []),
    ...channels.map(
      ({ source, name, messages }) => `  ${shown(source)} -> ${name}: ${messages} messages`,
    ),
    ...section('left out:', report.leftOut),
    ...section('changed:', report.changed),
  ];
}

function section(title: string, counts: Map<string, Count>): string[] {
  const lines = [...counts].map(
    ([reason, { count, examples }]) => `  ${count} ${reason}, such as ${examples.join('; ')}`,
  );
  return lines.length === 0 ? [] : [title, ...lines];
}
