/** What a figure, or its ratio to the peer's, has to be. */
export interface Target {
  of: 'value' | 'ratio';
  atMost?: number;
  atLeast?: number;
}

/** One measured number, in `unit`, with the peer's of the same run where there is one. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  peer?: number | undefined;
  /** value / peer unless given, for instance as the median over runs. */
  ratio?: number | undefined;
  target?: Target;
  /** A property that must hold on every machine: not meeting it is a fault, never a matter of speed. */
  isCorrectness?: boolean;
}

export type Verdict = 'met' | 'NOT met' | 'not compared' | '';

/** A figure that must be zero for the system to be right. */
export function mustBeZero(name: string, value: number): Figure {
  return { name, value, unit: '', target: { of: 'value', atMost: 0 }, isCorrectness: true };
}

/** The ratio of a figure to its peer's; undefined without a peer. */
export function ratioOf({ value, peer, ratio }: Figure): number | undefined {
  return ratio ?? (peer === undefined ? undefined : value / peer);
}

/** Holds a figure against its target; an unknown number (NaN) never meets one. */
export function judge(figure: Figure): Verdict {
  const { target } = figure;
  if (target === undefined) return '';
  const judged = target.of === 'value' ? figure.value : ratioOf(figure);
  if (judged === undefined) return 'not compared';
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = target;
  return judged <= atMost && judged >= atLeast ? 'met' : 'NOT met';
}
