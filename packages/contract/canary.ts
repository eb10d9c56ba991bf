/**
 * The channel in which broadcast proves that messages arrive. It is a channel like any other, but
 * no list names it, no export writes it, and chat keeps little of it.
 */
export const CANARY_CHANNEL = 'parley-canary';
