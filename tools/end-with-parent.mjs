// Ends a process with its parent, which may be killed before it can forward a signal. Plain
// JavaScript, because an old Node must be able to run it. Loaded with `--import
// end-with-parent.mjs?parent=<process id>`, it starts the watch itself.
import { isMainThread } from 'node:worker_threads';

const CHECK_MS = 250;

/**
 * Sends this process SIGTERM when `parent` is no longer its parent. Returns a function that stops
 * the watch.
 */
export function endWithParent(parent) {
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

const query = new URL(import.meta.url).searchParams;
const parent = Number(query.get('parent'));
// Child processes and threads may inherit the option, and are not watched.
const isMeant = process.ppid === parent || process.pid === Number(query.get('process'));
if (isMeant && isMainThread) endWithParent(parent);
