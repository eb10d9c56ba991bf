/** What a check comes to. */
export type Verdict =
  | { kind: 'ok'; says: string }
  /** Something is wrong: what it is, why that matters, and the line that mends it. */
  | { kind: 'wrong'; says: string; why: string; mend: string }
  /** It could not be checked, or there is nothing to check. */
  | { kind: 'open'; says: string };

/** One thing that a deployment has to get right, tried from outside. */
export interface Check {
  name: string;
  run(visit: Visit): Promise<Verdict>;
}

/** What the checks are told: where to go, and how. */
export interface Visit {
  /** The deployment's address, without a slash at its end. */
  url: URL;
  /** Where they may post. */
  channel: string;
  /** How long an idle stream has to stay open, in seconds. */
  idleSeconds: number;
  /** Whether a certificate by an unknown authority is accepted. */
  insecure: boolean;
  /** An authority of one's own beside the system's, PEM. */
  ca: string | undefined;
  /** What shows who asks, where that is asked for. */
  token: string | undefined;
}

export const ok = (says: string): Verdict => ({ kind: 'ok', says });

export const open = (says: string): Verdict => ({ kind: 'open', says });

export const wrong = (says: string, { why, mend }: { why: string; mend: string }): Verdict => ({
  kind: 'wrong',
  says,
  why,
  mend,
});
