import type { KeyboardEvent } from 'react';

/**
 * True for a key that an input method uses. Safari ends the composition before its last key, and gives
 * that key the code 229.
 */
export function isComposing({ nativeEvent, keyCode }: KeyboardEvent): boolean {
  return nativeEvent.isComposing || keyCode === 229;
}
