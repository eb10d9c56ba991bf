import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { compose, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { PlainError } from '@parley/kit/plain-error.ts';
import { z } from 'zod';
import { unreadable } from '../read-file.ts';

/** A file begins with this many bytes of header; the rest is the dump, compressed by Zstandard. */
export const HEADER_BYTES = 8192;
const MAGIC = 'parley-backup 1';

const totals = z.object({
  channels: z.number(),
  events: z.number(),
  accounts: z.number(),
  /** Hash of what each channel has (`totals.ts`). */
  digest: z.string(),
});

const header = z.object({
  database: z.enum(['SQLite', 'PostgreSQL', 'MySQL']),
  /** ISO time at which the backup began. */
  madeAt: z.string(),
  /** Number of migrations of an SQLite file, or the names of those of another database. */
  schema: z.union([z.number(), z.array(z.string())]),
  tables: z.array(z.string()),
  /** Undefined where the database's tool does not show which moment it dumps (MySQL, MariaDB). */
  totals: totals.optional(),
  /** SHA-256 of the dump before it is compressed. */
  dump: z.string(),
  /** SHA-256 of the file behind the header. */
  sum: z.string(),
  bytes: z.number(),
});

/** What a store has, to compare a restored one with it. */
export type Totals = z.infer<typeof totals>;
export type BackupHeader = z.infer<typeof header>;
/** What is known of a backup but for its sums. */
export type BackupFacts = Omit<BackupHeader, 'dump' | 'sum' | 'bytes'>;

/**
 * Writes a backup to an open, empty file. The header is written last, so that an incomplete file has
 * none. Resolves when the file is on the disk.
 */
export async function writeBackup(
  file: FileHandle,
  dump: Readable,
  facts: () => Promise<BackupFacts>,
): Promise<void> {
  const raw = createHash('sha256');
  const stored = createHash('sha256');
  let bytes = 0;
  await file.write(Buffer.alloc(HEADER_BYTES));
  await pipeline(
    dump,
    passing((chunk) => raw.update(chunk)),
    createZstdCompress(),
    passing((chunk) => {
      stored.update(chunk);
      bytes += chunk.length;
    }),
    (chunks: AsyncIterable<Buffer>) => file.writeFile(chunks),
  );
  const whole = { ...(await facts()), dump: raw.digest('hex'), sum: stored.digest('hex'), bytes };
  await file.write(asBlock(whole), 0, HEADER_BYTES, 0);
  await file.sync();
}

/** @throws PlainError unless the file is a whole backup: every byte of it is checked */
export async function checkBackup(path: string): Promise<BackupHeader> {
  const read = await readHeader(path);
  const stored = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { start: HEADER_BYTES })) {
    stored.update(chunk);
    bytes += chunk.length;
  }
  if (bytes === read.bytes && stored.digest('hex') === read.sum) return read;
  throw new PlainError(`${path}: the backup is damaged: its check sum does not fit`);
}

/** The dump in a backup. The stream fails when the dump is not the one that was written. */
export function readDump(path: string, { dump }: BackupHeader): Readable {
  const raw = createHash('sha256');
  const check = passing(
    (chunk) => raw.update(chunk),
    () => {
      if (raw.digest('hex') !== dump) throw new PlainError(`${path}: the backup has changed`);
    },
  );
  const file = createReadStream(path, { start: HEADER_BYTES });
  return compose(file, createZstdDecompress(), check);
}

async function readHeader(path: string): Promise<BackupHeader> {
  const block = Buffer.alloc(HEADER_BYTES);
  let length: number;
  try {
    await using file = await open(path);
    ({ bytesRead: length } = await file.read(block, 0, HEADER_BYTES, 0));
  } catch (error) {
    throw unreadable(path, error);
  }
  const text = block.toString('utf8', 0, length);
  if (!text.startsWith('parley-backup '))
    throw new PlainError(`${path}: it is no backup of Parley`);
  if (!text.startsWith(`${MAGIC} `)) {
    throw new PlainError(`${path}: the backup was made by a newer Parley, or is damaged`);
  }
  const json = text.slice(MAGIC.length + 66).trimEnd();
  try {
    const read = header.parse(JSON.parse(json));
    if (asBlock(read).equals(block)) return read;
  } catch {
    // Below.
  }
  throw new PlainError(`${path}: the backup is damaged: its header does not fit its check sum`);
}

/** The magic, the header's SHA-256, the header as JSON, and spaces. */
function asBlock(read: BackupHeader): Buffer {
  const json = JSON.stringify(header.parse(read));
  const sum = createHash('sha256').update(json).digest('hex');
  const text = `${MAGIC} ${sum} ${json}`.padEnd(HEADER_BYTES - 1);
  const block = Buffer.from(`${text}\n`);
  if (block.length !== HEADER_BYTES) throw new Error('the header of the backup is too long');
  return block;
}

/** A step of a pipeline that shows each chunk to `see`. What `end` throws fails the pipeline. */
function passing(see: (chunk: Buffer) => void, end: () => void = () => undefined) {
  return async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      see(chunk);
      yield chunk;
    }
    end();
  };
}
