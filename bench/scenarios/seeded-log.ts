/** A channel with a long past: its length, and the epoch that positions in it need. */
export interface SeededLog {
  channel: string;
  count: number;
  epoch: string;
}
