import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Collects the findings of a run, and keeps the logs of its programs. */
export class Findings {
  /** The folder with the logs. */
  readonly folder: string;
  /** Observations that break the promise. */
  readonly found: string[] = [];
  /** Notes that are not findings. */
  readonly remarks: string[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Creates a folder for the logs. It stays unless `discard` is called. */
  static async open(): Promise<Findings> {
    return new Findings(await mkdtemp(join(tmpdir(), 'parley-faults-')));
  }

  /** Adds an observation that breaks the promise. */
  add(what: string): void {
    this.found.push(what);
  }

  /** Adds a note that is not a finding. */
  remark(what: string): void {
    this.remarks.push(what);
  }

  /** Removes the logs, after a run without findings. */
  discard(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
