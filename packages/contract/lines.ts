const LINE_END = 10;

/**
 * The lines of bytes in UTF-8, without a copy of them: what stands before each newline, and what follows
 * the last one unless that is nothing.
 */
export function* linesOf(bytes: Buffer): Generator<Buffer> {
  for (let from = 0; from < bytes.length; ) {
    const at = bytes.indexOf(LINE_END, from);
    const to = at === -1 ? bytes.length : at;
    yield bytes.subarray(from, to);
    from = to + 1;
  }
}
