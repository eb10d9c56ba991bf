/** The visitor's vote on a message; 0 takes it back. */
export type Vote = 1 | 0 | -1;

/** The number of votes for a message and against it. */
export interface Tally {
  up: number;
  down: number;
}

/** A vote of this page that the log may not show yet. */
export interface CastVote {
  value: Vote;
  /** The log's tally before this vote, and this account's vote in that tally. */
  base: Tally;
  was: Vote;
  /** The tally in the server's answer. */
  answer?: Tally;
}

/** A click takes back the same vote, and replaces another. */
export function voteAfterClick(current: Vote, clicked: 1 | -1): Vote {
  return current === clicked ? 0 : clicked;
}

/**
 * A vote on the tally in the log. If an `earlier` vote is not in that tally yet, it is not counted
 * twice.
 */
export function castVote(
  value: Vote,
  { tally, current, earlier }: { tally: Tally; current: Vote; earlier: CastVote | undefined },
): CastVote {
  const { up, down } = tally;
  const unseen = earlier && sameTally(earlier.base, tally);
  return { value, base: { up, down }, was: unseen ? earlier.was : current };
}

/**
 * The tally to show: the log's once it has changed since the vote; until then, the expected one.
 */
export function shownTally(tally: Tally, cast: CastVote | undefined): Tally {
  if (!cast || !sameTally(tally, cast.base)) return tally;
  if (cast.answer) return cast.answer;
  return {
    up: Math.max(0, tally.up + Number(cast.value === 1) - Number(cast.was === 1)),
    down: Math.max(0, tally.down + Number(cast.value === -1) - Number(cast.was === -1)),
  };
}

function sameTally(one: Tally, other: Tally): boolean {
  return one.up === other.up && one.down === other.down;
}
