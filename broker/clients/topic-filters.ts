/** Topic filters that a client other than Parley's services may have. */
const FILTERS_MAX = 100;
/** The longest topic filter, in characters; a channel's name has at most 64. */
const FILTER_MAX_LENGTH = 512;

/** The topic filters of one client. */
export class TopicFilters {
  readonly #filters = new Set<string>();

  get count(): number {
    return this.#filters.size;
  }

  /** Adds a filter; false when the client may not have it. Parley's services have no limit. */
  add(filter: string, isPart: boolean): boolean {
    const tooMuch = this.#filters.size >= FILTERS_MAX || filter.length > FILTER_MAX_LENGTH;
    if (!isPart && tooMuch && !this.#filters.has(filter)) return false;
    this.#filters.add(filter);
    return true;
  }

  has(filter: string): boolean {
    return this.#filters.has(filter);
  }

  delete(filter: string): void {
    this.#filters.delete(filter);
  }
}
