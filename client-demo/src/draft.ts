/** The longest name and the longest message, in Unicode code points, as the contract counts them. */
export const NAME_MAX = 64;
export const MESSAGE_MAX = 4000;

/** How many Unicode code points a text has. */
export function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Why nobody can speak under this name; `undefined` when somebody can. */
export function nameFault(name: string): string | undefined {
  const length = countCharacters(name.trim());
  if (length === 0) return 'Choose a name first.';
  if (length > NAME_MAX)
    return `A name has at most ${NAME_MAX} characters; this one has ${length}.`;
  return undefined;
}

/** Why this message cannot be sent; `undefined` when it can. A blank one is merely unfinished. */
export function messageFault(message: string): 'blank' | 'too-long' | undefined {
  if (message.trim() === '') return 'blank';
  return countCharacters(message) > MESSAGE_MAX ? 'too-long' : undefined;
}
