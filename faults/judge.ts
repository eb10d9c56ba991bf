import { isDeepStrictEqual } from 'node:util';
import type { ChatMessage } from '@parley/contract/event.ts';
import type { Post } from './ledger.ts';
import type { Span } from './span.ts';

/** What a run left behind. */
export interface Evidence {
  /** Every post by its message; messages are all different. */
  posts: ReadonlyMap<string, Post>;
  /** The whole log as chat tells it. */
  log: ChatMessage[];
  spans: Span[];
  /** The JSON text of each event as readers saw it. */
  contents: ReadonlyMap<number, string>;
}

/** Judges a run: what it finds wrong, a line each; nothing means that the promise was kept. */
export function judge({ posts, log, spans, contents }: Evidence): string[] {
  const faults = [...judgeLog(log, posts), ...judgePosts(posts, log)];
  for (const event of log) {
    const seen = contents.get(event.seq);
    if (seen !== undefined && !isDeepStrictEqual(JSON.parse(seen), event))
      faults.push(`readers saw event ${event.seq} as ${seen}`);
  }
  const head = log.at(-1)?.seq ?? 0;
  for (const [i, span] of spans.entries()) {
    faults.push(...span.faults);
    if (span.last !== head) faults.push(`reader ${i + 1}: stands at ${span.last} of ${head}`);
  }
  return faults;
}

/** The log counts 1, 2, 3 …, and each of its messages was posted and is there once. */
function judgeLog(log: ChatMessage[], posts: Evidence['posts']): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const [i, { seq, message }] of log.entries()) {
    if (seq !== i + 1) faults.push(`the log has event ${seq} in place ${i + 1}`);
    if (seen.has(message)) faults.push(`${message} is stored twice, again as ${seq}`);
    if (!posts.has(message)) faults.push(`event ${seq} is ${message}, which nobody posted`);
    seen.add(message);
  }
  return faults;
}

/** Every post was acknowledged, and is where its acknowledgement said. */
function judgePosts(posts: Evidence['posts'], log: ChatMessage[]): string[] {
  const faults: string[] = [];
  for (const { message, receipt } of posts.values()) {
    if (!receipt) {
      faults.push(`${message} was never acknowledged`);
      continue;
    }
    const stored = log[receipt.seq - 1];
    if (stored?.message !== message || stored.epoch !== receipt.epoch)
      faults.push(`${message} was acknowledged as ${receipt.seq}, which is ${stored?.message}`);
  }
  return faults;
}
