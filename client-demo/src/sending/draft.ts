/** The maximum lengths of a name and of a message, in Unicode code points, as in the contract. */
export const NAME_MAX = 64;
export const MESSAGE_MAX = 4000;

/** The number of Unicode code points of a text. */
export function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Why this name cannot be used to post; `undefined` if it can. */
export function nameFault(name: string): string | undefined {
  const length = countCharacters(name.trim());
  if (length === 0) return 'Choose a name first.';
  if (length > NAME_MAX)
    return `A name has at most ${NAME_MAX} characters; this one has ${length}.`;
  return undefined;
}

/** Why this message cannot be sent; `undefined` if it can. A blank one is only unfinished. */
export function messageFault(message: string): 'blank' | 'too-long' | undefined {
  if (message.trim() === '') return 'blank';
  return countCharacters(message) > MESSAGE_MAX ? 'too-long' : undefined;
}
