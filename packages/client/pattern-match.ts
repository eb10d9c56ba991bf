/** Whether the text is a pattern for channels: it has a `*`, which no channel's name has. */
export function isPattern(text: string): boolean {
  return text.includes('*');
}

/**
 * Opens the test whether a channel has a name or matches a pattern: `*` stands for any characters up
 * to a dot, `**` at the end for all that is left.
 */
export function openMatch(name: string): (channel: string) => boolean {
  if (!isPattern(name)) return (channel) => channel === name;
  const source = name
    .split('.')
    .map((part) => (part === '**' ? '.+' : part.replaceAll('*', '[^.]*')))
    .join('\\.');
  const expression = new RegExp(`^(?:${source})$`, 'u');
  return (channel) => expression.test(channel);
}
