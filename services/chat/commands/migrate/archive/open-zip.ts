import { PlainError } from '@parley/kit/plain-error.ts';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import type { Archive, ArchivedFile } from './archive.ts';

/**
 * Most bytes that all files of a zip may have for each byte of the zip. Exports have about 10; a zip
 * bomb has 1,000 and more.
 */
const RATIO_MAX = 100;
/** Bytes that a small zip may have in any case. */
const ALLOWED_BYTES = 64 * 1_048_576;

/**
 * An export as a zip. Nothing is unpacked to disk. Names that lead out of the zip, encrypted files,
 * files that are larger than they claim, and zip bombs are refused.
 */
export function openZip(path: string): Archive {
  return { name: path, files: () => filesOf(path) };
}

async function* filesOf(path: string): AsyncGenerator<ArchivedFile> {
  const zip = await openPromise(path, { autoClose: false }).catch((error) => {
    throw broken(path, error);
  });
  try {
    let left = RATIO_MAX * zip.fileSize + ALLOWED_BYTES;
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      const read = () => {
        left -= entry.uncompressedSize;
        if (left >= 0) return readEntry(path, zip, entry);
        throw new PlainError(
          `${path}: its files are more than ${RATIO_MAX} times as large as the zip; it is refused as a zip bomb`,
        );
      };
      yield { path: entry.fileName, read };
    }
  } catch (error) {
    throw broken(path, error);
  } finally {
    zip.close();
  }
}

async function* readEntry(path: string, zip: ZipFile, entry: Entry): AsyncGenerator<Buffer> {
  try {
    if (entry.isEncrypted()) throw new PlainError(`${path}: ${entry.fileName} is encrypted`);
    yield* await zip.openReadStreamPromise(entry);
  } catch (error) {
    throw broken(`${path}: ${entry.fileName}`, error);
  }
}

function broken(where: string, error: unknown): PlainError {
  if (error instanceof PlainError) return error;
  return new PlainError(`${where}: the zip cannot be read (${(error as Error).message})`);
}
