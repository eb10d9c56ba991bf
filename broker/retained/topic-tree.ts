interface Level<T> {
  value: T | undefined;
  next: Map<string, Level<T>>;
}

/**
 * Values by their MQTT topics, found by topic filters level by level. The cost of a filter depends
 * on what it matches, and not on the number of topics.
 */
export class TopicTree<T> {
  readonly #root: Level<T> = newLevel();

  set(topic: string, value: T): void {
    let level = this.#root;
    for (const name of topic.split('/')) {
      const next = level.next.get(name) ?? newLevel<T>();
      level.next.set(name, next);
      level = next;
    }
    level.value = value;
  }

  /** Removes a topic, and the levels that only this topic needed. */
  delete(topic: string): void {
    prune(this.#root, topic.split('/'));
  }

  /**
   * The values that a filter matches (MQTT 3.1.1 section 4.7). A wildcard at its beginning does not
   * match topics that begin with `$`.
   */
  matching(filter: string): Iterable<T> {
    return find(this.#root, filter.split('/'), true);
  }
}

function newLevel<T>(): Level<T> {
  return { value: undefined, next: new Map() };
}

function* find<T>(
  level: Level<T>,
  [name, ...rest]: readonly string[],
  isFirst = false,
): Generator<T> {
  if (name === undefined || name === '#') {
    if (level.value !== undefined) yield level.value;
    if (name === undefined) return;
  }
  if (name !== '#' && name !== '+') {
    const next = level.next.get(name);
    if (next) yield* find(next, rest);
    return;
  }
  const remaining = name === '#' ? ['#'] : rest;
  for (const [below, next] of level.next) {
    if (!isFirst || !below.startsWith('$')) yield* find(next, remaining);
  }
}

/** Removes a topic below a level; true when the level is then empty. */
function prune<T>(level: Level<T>, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) level.value = undefined;
  else {
    const next = level.next.get(name);
    if (next && prune(next, rest)) level.next.delete(name);
  }
  return level.value === undefined && level.next.size === 0;
}
