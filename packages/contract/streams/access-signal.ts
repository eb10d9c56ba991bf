/**
 * The type of the signal that broadcast sends on a stream with patterns when a private channel joins it,
 * because its reader has become a member. No client can send a signal of this type.
 */
export const ACCESS_SIGNAL = 'access';
