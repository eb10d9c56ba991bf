// Ends a process with the one that started it, which may be killed without a chance to send a
// signal on. Plain JavaScript, since an old Node has to run it.
// Loaded with `--import end-with-parent.mjs?parent=<process id>`, it watches by itself.
import { isMainThread } from 'node:worker_threads';

const CHECK_MS = 250;

/** Sends this process SIGTERM once `parent` is no longer its parent. Returns what ends the watch. */
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
// Processes and threads that this one starts may have the same options, and are not watched.
const isMeant = process.ppid === parent || process.pid === Number(query.get('process'));
if (isMeant && isMainThread) endWithParent(parent);
