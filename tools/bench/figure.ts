/** Bounds for a figure, or for its ratio to the peer's figure. */
export interface Target {
  of: 'value' | 'ratio';
  atMost?: number;
  atLeast?: number;
}

/** One measured number in `unit`. `peer` is the other system's number of the same run, if any. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  peer?: number | undefined;
  /** Default: value / peer. Given, for example, as the median over runs. */
  ratio?: number | undefined;
  target?: Target;
  /** True for a property that must hold on every machine. Missing it is a defect, not low speed. */
  isCorrectness?: boolean;
}

export type Verdict = 'met' | 'NOT met' | 'not compared' | '';

/** A figure that must be zero; any other value is a defect. */
export function mustBeZero(name: string, value: number): Figure {
  return { name, value, unit: '', target: { of: 'value', atMost: 0 }, isCorrectness: true };
}

/** The ratio of a figure to its peer's; undefined without a peer. */
export function ratioOf({ value, peer, ratio }: Figure): number | undefined {
  return ratio ?? (peer === undefined ? undefined : value / peer);
}

/** Compares a figure with its target. NaN never meets a target. */
export function judge(figure: Figure): Verdict {
  const { target } = figure;
  if (target === undefined) return '';
  const judged = target.of === 'value' ? figure.value : ratioOf(figure);
  if (judged === undefined) return 'not compared';
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = target;
  return judged <= atMost && judged >= atLeast ? 'met' : 'NOT met';
}
