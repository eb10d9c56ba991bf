import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

/**
 * A column in the dump's CREATE TABLE. MySQL writes the character set of a text column when a dump was
 * restored, and leaves it out before that; both mean the same.
 */
const COLUMN = /^( {2}`\w+` \w+\(\d+\)| {2}`\w+` \w+) CHARACTER SET utf8mb4 /;

/** A hash of what a dump holds: dumps of a database and of its copy have the same. */
export class DumpContent {
  readonly #hash = createHash('sha256');
  #line = '';

  add(chunk: Buffer): void {
    const lines = (this.#line + chunk.toString('latin1')).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#addLine(line);
  }

  /** SHA-256 in hexadecimal digits. */
  digest(): string {
    this.#addLine(this.#line);
    return this.#hash.digest('hex');
  }

  /** The same chunks, which are added as they are read. */
  async *through(dump: Readable): AsyncGenerator<Buffer> {
    for await (const chunk of dump) {
      this.add(chunk);
      yield chunk;
    }
  }

  #addLine(line: string): void {
    this.#hash.update(`${line.replace(COLUMN, '$1 ')}\n`, 'latin1');
  }
}
