/** A reader's position in a channel's log; the epoch is null while the channel has no events. */
export interface Standing {
  epoch: string | null;
  seq: number;
}

/** Whether both positions are in the same log. The position in an empty log fits every log. */
export function isOfSameLog(standing: Standing, other: Standing): boolean {
  return standing.epoch === other.epoch || standing.epoch === null;
}

/** Whether a reader at `standing` has received the event at `other`. */
export function hasReached(standing: Standing, other: Standing): boolean {
  return standing.epoch === other.epoch && standing.seq >= other.seq;
}
