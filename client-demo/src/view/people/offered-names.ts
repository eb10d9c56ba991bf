import type { Directory } from '../../channels/directory.ts';

/** Those who may be meant, each once: the people of a channel, then those of the direct channels. */
export function offeredNames(directory: Directory, names: Iterable<string> = []): Set<string> {
  const { channels = [] } = directory.snapshot();
  return new Set([...names, ...channels.flatMap(({ people = [] }) => people)]);
}
