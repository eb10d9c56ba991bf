/** A channel with many events: their number, and the epoch for positions in it. */
export interface SeededLog {
  channel: string;
  count: number;
  epoch: string;
}
