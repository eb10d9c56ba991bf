/**
 * The channel in which broadcast proves that messages arrive. It works like any channel, but no
 * list names it, no export contains it, and chat keeps only few of its events.
 */
export const CANARY_CHANNEL = 'parley-canary';
