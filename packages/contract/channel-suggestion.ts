const NAME_MAX = 64;
/** What a name is made of beside its first character. */
const OTHERS = /[^\p{L}\p{M}\p{N}._-]+/gu;
const BEFORE_FIRST = /^[^\p{L}\p{N}]+/u;

/**
 * The channel name nearest to a text that is none, such as `my-team-room` for `my team room!`;
 * undefined where `isName` takes none.
 */
export function suggestChannel(
  text: string,
  isName: (name: string) => boolean,
): string | undefined {
  const joined = text.normalize('NFC').replaceAll(OTHERS, '-').replace(BEFORE_FIRST, '');
  const cut = [...joined].slice(0, NAME_MAX).join('').replace(/-+$/, '');
  return [cut, `${cut}-room`].find((name) => name !== text && isName(name));
}
