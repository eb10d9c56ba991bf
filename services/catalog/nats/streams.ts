import {
  DiscardPolicy,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';

/** The stream that is created for subjects that no stream captures. */
const OWN_STREAM = 'parley-feeds';
/** How long a created stream keeps messages, stored in the catalog or not. */
const KEPT_MS = 7 * 86_400_000;

/**
 * The stream that captures a subject. Without one, our own stream is created or extended: it
 * captures all of `subjects` that no other stream does. So all feeds and processes request the same
 * change.
 */
export async function openStream(
  manager: JetStreamManager,
  subject: string,
  subjects: string[],
): Promise<StreamInfo> {
  const found = await capturing(manager, subject);
  if (found !== undefined) return manager.streams.info(found);
  const captured = await Promise.all(subjects.map((one) => capturing(manager, one)));
  const missing = subjects.filter((_, i) => captured[i] === undefined);
  const ours = await findStream(manager, OWN_STREAM);
  if (ours) {
    const all = new Set([...ours.config.subjects, ...missing]);
    return manager.streams.update(OWN_STREAM, { subjects: [...all] });
  }
  return manager.streams.add({
    name: OWN_STREAM,
    subjects: missing,
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(KEPT_MS),
  });
}

async function capturing(manager: JetStreamManager, subject: string): Promise<string | undefined> {
  const [name] = await manager.streams.names(subject).next();
  return name;
}

async function findStream(manager: JetStreamManager, name: string) {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (/stream not found/.test((error as Error).message)) return undefined;
    throw error;
  }
}
