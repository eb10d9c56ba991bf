/** How many messages of alerts are kept, of all hooks; the oldest are forgotten. */
export const ALERTS_KEPT_MAX = 100_000;

/** The message of one episode of an alert. It is kept before it is posted. */
export interface AlertRow extends AlertProgress {
  channel: string;
  username: string;
  /** The text with which it is posted. */
  text: string;
}

/** What chat has of the message. */
export interface AlertProgress {
  /** Counts the messages of the episode: a message that is gone is followed by another one. */
  round: number;
  /** True when the message shows that the alert is resolved. */
  resolved: boolean;
  /** The seq of the message; 0 until chat has answered. */
  seq: number;
}

/**
 * Keeps the message of each alert. Several replicas may write at once, so that a row only goes
 * on: to a later round, and from firing to resolved.
 */
export interface AlertStore {
  /** The row of an episode. It becomes `row` where there is none, or one of an earlier round. */
  beginAlert(hookId: string, episode: string, row: AlertRow, at: number): Promise<AlertRow>;
  /** Keeps what chat has, unless the row has another round, or is resolved while `progress` is not. */
  saveAlert(hookId: string, episode: string, progress: AlertProgress, at: number): Promise<void>;
  /** Removes the rows that have not changed since `before`, and those beyond ALERTS_KEPT_MAX. */
  forgetAlerts(before: number): Promise<void>;
}
