const NAME_MAX = 64;
/** Characters that a name cannot have. */
const OTHERS = /[^\p{L}\p{M}\p{N}._-]+/gu;
const BEFORE_FIRST = /^[^\p{L}\p{N}]+/u;

/**
 * The channel name nearest to a text that is not one, such as `my-team-room` for `my team room!`;
 * undefined where `isName` accepts no candidate.
 */
export function suggestChannel(
  text: string,
  isName: (name: string) => boolean,
): string | undefined {
  const joined = text.normalize('NFC').replaceAll(OTHERS, '-').replace(BEFORE_FIRST, '');
  const cut = [...joined].slice(0, NAME_MAX).join('').replace(/-+$/, '');
  return [cut, `${cut}-room`].find((name) => name !== text && isName(name));
}
