/** A reader's position in a channel's log; the epoch is null while the channel has no events. */
export interface Position {
  epoch: string | null;
  seq: number;
}

/** Whether both positions are in the same log. The position in an empty log fits every log. */
export function isOfSameLog(position: Position, other: Position): boolean {
  return position.epoch === other.epoch || position.epoch === null;
}

/** Whether a reader at `position` has received the event at `other`. */
export function hasReached(position: Position, other: Position): boolean {
  return position.epoch === other.epoch && position.seq >= other.seq;
}
