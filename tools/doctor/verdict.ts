/** The result of a check. */
export type Verdict =
  | { kind: 'ok'; says: string }
  /** Something is wrong: what it is, why that matters, and how to fix it. */
  | { kind: 'wrong'; says: string; why: string; mend: string }
  /** It could not be checked, or there is nothing to check. */
  | { kind: 'open'; says: string };

/** One property of a deployment, checked from outside. */
export interface Check {
  name: string;
  run(visit: Visit): Promise<Verdict>;
}

/** The options of a run: which deployment to check, and how. */
export interface Visit {
  /** The deployment's address, without a slash at its end. */
  url: URL;
  /** The channel for the doctor's messages. */
  channel: string;
  /** How long an idle stream must stay open, in seconds. */
  idleSeconds: number;
  /** True to accept a certificate from an unknown authority. */
  insecure: boolean;
  /** The user's own authority beside the system's, PEM. */
  ca: string | undefined;
  /** The address of the SMTP server, with its user and password. */
  smtp?: string | undefined;
  /** The token for a deployment that requires one. */
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
