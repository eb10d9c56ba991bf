const PERIOD_MS = 2_000;

/**
 * Opens a progress report for long work: at most one line in two seconds, and none in the first
 * two.
 */
export function openProgress(write: (line: string) => void): (line: () => string) => void {
  let saidAt = performance.now();
  return (line) => {
    const now = performance.now();
    if (now - saidAt < PERIOD_MS) return;
    saidAt = now;
    write(line());
  };
}
