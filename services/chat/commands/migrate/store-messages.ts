import { hash } from 'node:crypto';
import type { OpenedStore } from '../../store/opened-store.ts';
import type { MessageDraft } from '../../store/store.ts';
import type { Report } from './report.ts';
import type { SpooledMessage } from './spool.ts';

const BATCH = 500;
/** A transaction is not longer for long texts. */
const BATCH_CHARACTERS = 1_048_576;

interface StoreOptions {
  /** `slack` or `mattermost`: the first part of the keys. */
  source: string;
  server: string;
  report: Report;
  progress: (done: number) => void;
}

/**
 * Appends messages to their channels, with their times and names. Each has a key that is made of its
 * channel and id in the export, so that a message which an earlier run stored is not stored again.
 */
export async function storeMessages(
  store: Pick<OpenedStore, 'append'>,
  messages: Iterable<SpooledMessage>,
  options: StoreOptions,
): Promise<void> {
  let done = 0;
  for (const batch of batches(messages)) {
    await storeBatch(store, batch, options);
    done += batch.length;
    options.progress(done);
  }
}

async function storeBatch(
  store: Pick<OpenedStore, 'append'>,
  batch: SpooledMessage[],
  { source, server, report }: StoreOptions,
): Promise<void> {
  const drafts = batch.map(({ channel, id, at, username, text }): MessageDraft => {
    const key = keyOf(source, channel, id);
    const common = { kind: 'message', channel, username, message: text, at } as const;
    return { ...common, author: null, imported: true, key, server };
  });
  for (const [i, result] of (await store.append(drafts)).entries()) {
    if (result.outcome === 'stored') report.stored++;
    else if (result.outcome === 'replayed') report.repeated++;
    else if (result.outcome === 'refused') {
      const { channel = '', at = 0 } = batch[i] ?? {};
      report.leaveOut(refusal(result.reason), `${channel} ${new Date(at).toISOString()}`);
    }
  }
}

/** The key begins with a space, which no key of a client has. */
function keyOf(source: string, channel: string, id: string): string {
  return ` import ${source} ${hash('sha256', `${channel}\0${id}`, 'base64url')}`;
}

function refusal(reason: string): string {
  // The name and the text are the only things that may differ under the same key.
  if (reason === 'idempotency-mismatch') return 'messages that changed since an earlier import';
  if (reason === 'channel-closed') return 'messages of channels that are closed here';
  return `messages that the store refused (${reason})`;
}

function* batches(messages: Iterable<SpooledMessage>): Generator<SpooledMessage[]> {
  let batch: SpooledMessage[] = [];
  let characters = 0;
  for (const message of messages) {
    batch.push(message);
    characters += message.text.length;
    if (batch.length < BATCH && characters < BATCH_CHARACTERS) continue;
    yield batch;
    batch = [];
    characters = 0;
  }
  if (batch.length > 0) yield batch;
}
