import { isDeepStrictEqual } from 'node:util';
import { type ChatEvent, encodeEvent } from '@parley/contract/events/event.ts';
import type { Post } from './ledger.ts';
import type { Span } from './span.ts';

/** What a run leaves to be judged. */
export interface Evidence {
  /** Every post by its message. All messages are different. */
  posts: ReadonlyMap<string, Post>;
  /** The whole log as chat returns it. */
  log: ChatEvent[];
  spans: Span[];
  /** The JSON text of each event that readers got, by seq. */
  contents: ReadonlyMap<number, string>;
}

/** Judges a run. Returns one line for each finding; no line means that the promise was kept. */
export function judge({ posts, log, spans, contents }: Evidence): string[] {
  const findings = [...judgeLog(log, posts), ...judgePosts(posts, log)];
  for (const event of log) {
    const seen = contents.get(event.seq);
    if (seen !== undefined && !isDeepStrictEqual(JSON.parse(seen), JSON.parse(encodeEvent(event))))
      findings.push(`readers saw event ${event.seq} as ${seen}`);
  }
  const head = log.at(-1)?.seq ?? 0;
  for (const [i, span] of spans.entries()) {
    findings.push(...span.findings);
    if (span.last !== head) findings.push(`reader ${i + 1}: is at event ${span.last} of ${head}`);
  }
  return findings;
}

/**
 * Checks that the log counts 1, 2, 3 …, and that it has each message once and only posted messages.
 */
function judgeLog(log: ChatEvent[], posts: Evidence['posts']): string[] {
  const findings: string[] = [];
  const seen = new Set<string>();
  for (const [i, event] of log.entries()) {
    const { seq } = event;
    const message = textOf(event);
    if (seq !== i + 1) findings.push(`the log has event ${seq} where event ${i + 1} belongs`);
    if (seen.has(message)) findings.push(`${message} is stored twice, again as ${seq}`);
    if (!posts.has(message)) findings.push(`event ${seq} is ${message}, which was not posted`);
    seen.add(message);
  }
  return findings;
}

/**
 * Checks that every post was acknowledged, and that the log has it at the acknowledged position.
 */
function judgePosts(posts: Evidence['posts'], log: ChatEvent[]): string[] {
  const findings: string[] = [];
  for (const { message, receipt } of posts.values()) {
    if (!receipt) {
      findings.push(`${message} was never acknowledged`);
      continue;
    }
    const stored = log[receipt.seq - 1];
    const text = stored && textOf(stored);
    if (text !== message || stored?.epoch !== receipt.epoch)
      findings.push(`${message} was acknowledged as ${receipt.seq}, which is ${text}`);
  }
  return findings;
}

/** The text that was posted: of a message, or in the data of a typed event. */
function textOf(event: ChatEvent): string {
  if (event.kind === 'message') return event.message;
  return event.kind === 'event' ? JSON.parse(event.data) : event.kind;
}
