import type { Holder, HookPosition, HookStore } from '../store/store.ts';

/** After a kill, events of this time are delivered again. */
const PUT_MS = 100;

/** Another replica has the lease of the hook, or the hook is deleted. */
export class LeaseLost extends Error {}

/**
 * Writes the positions of a hook to the store. Positions that come while a write is under way are
 * written together, of each channel the last one.
 */
export class SavedPositions {
  readonly #store: Pick<HookStore, 'save'>;
  readonly #holder: Holder;
  #next = new Map<string, HookPosition>();
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Pick<HookStore, 'save'>, holder: Holder) {
    this.#store = store;
    this.#holder = holder;
  }

  /** Writes a position soon. If that fails, the next `save` writes it. */
  put(position: HookPosition): void {
    this.#next.set(position.channel, position);
    this.#timer ??= setTimeout(() => void this.#write().catch(() => undefined), PUT_MS);
  }

  /** Writes a position, and all that were put. Rejects when they cannot be written. @throws LeaseLost */
  async save(position: HookPosition): Promise<void> {
    this.#next.set(position.channel, position);
    await this.flush();
  }

  /** Writes what was put. Rejects when it cannot be written. @throws LeaseLost */
  async flush(): Promise<void> {
    // A write that is under way does not have all of it.
    await this.#writing?.catch(() => undefined);
    await this.#write();
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const positions = this.#next;
    this.#next = new Map();
    if (positions.size === 0) return;
    const isSaved = await this.#store.save(this.#holder, [...positions.values()]).catch((error) => {
      for (const [channel, position] of positions) {
        if (!this.#next.has(channel)) this.#next.set(channel, position);
      }
      throw error;
    });
    if (!isSaved) throw new LeaseLost();
  }
}
