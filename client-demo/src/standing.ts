/** How far a reader has got in a channel's log; the epoch is null while the channel has no events. */
export interface Standing {
  epoch: string | null;
  seq: number;
}

/** Whether a place belongs to the log that somebody stands in; an empty one becomes any. */
export function isOfSameLog(standing: Standing, other: Standing): boolean {
  return standing.epoch === other.epoch || standing.epoch === null;
}

/** Whether somebody who stands there has had what is at the other place. */
export function hasReached(standing: Standing, other: Standing): boolean {
  return standing.epoch === other.epoch && standing.seq >= other.seq;
}
