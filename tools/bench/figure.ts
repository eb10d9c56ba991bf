/** What a figure is compared with, in the order of the report's columns. */
export const PEERS = ['nchan', 'centrifugo', 'echo', 'one channel'] as const;
export type Peer = (typeof PEERS)[number];

/** Bounds for a figure, or for its ratio to the figure of a peer. */
export interface Target {
  of: 'value' | Peer;
  atMost?: number;
  atLeast?: number;
}

/** One measured number in `unit`, and the numbers of the peers in the same run. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  peers?: Partial<Record<Peer, number>>;
  /** Default: value / peer. Given, for example, as the median over runs. */
  ratio?: number | undefined;
  target?: Target | undefined;
  /** True for a property that must hold on every machine. Missing it is a defect, not low speed. */
  isCorrectness?: boolean;
}

export type Verdict = 'met' | 'NOT met' | 'not compared' | '';

/** A figure that must be zero; any other value is a defect. */
export function mustBeZero(name: string, value: number): Figure {
  return { name, value, unit: '', target: { of: 'value', atMost: 0 }, isCorrectness: true };
}

/**
 * The ratio of a figure to that of its target's peer, or of its first peer when the target names
 * none. Undefined when that peer was not measured.
 */
export function ratioOf({ value, peers = {}, ratio, target }: Figure): number | undefined {
  const named = target === undefined || target.of === 'value' ? undefined : target.of;
  const peer = peers[named ?? PEERS.find((name) => peers[name] !== undefined) ?? 'nchan'];
  return peer === undefined ? undefined : (ratio ?? value / peer);
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
