/**
 * Which private channels a client may enter: those that have an account, by its id, as a member,
 * `EVERY_PRIVATE_CHANNEL`, or none (null).
 */
export type Viewer = string | null;

/** The viewer that may enter every private channel. No account has this id. */
export const EVERY_PRIVATE_CHANNEL = '*';
