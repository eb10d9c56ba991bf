import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gathers what is noticed during a run, and keeps the programs' logs. */
export class Witness {
  /** Where the logs are. */
  readonly folder: string;
  /** What breaks the promise. */
  readonly findings: string[] = [];
  /** What is worth knowing and no fault. */
  readonly remarks: string[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes a folder that stays unless `discard` is called. */
  static async open(): Promise<Witness> {
    return new Witness(await mkdtemp(join(tmpdir(), 'parley-faults-')));
  }

  find(what: string): void {
    this.findings.push(what);
  }

  remark(what: string): void {
    this.remarks.push(what);
  }

  /** Removes the logs: nobody needs those of a run that passed. */
  discard(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
