import { execFile } from 'node:child_process';
import { createReadStream, globSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { docker } from '@parley/testkit/processes/docker.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

const run = promisify(execFile);
const GZIP = 0x1f8b;
/** Bytes that consecutive pieces share, so that every searched text is whole in one piece. */
const OVERLAP = 256;

/** The content of the layers and descriptions of images, with deleted files, in pieces. */
export async function* imageLayers(...images: string[]): AsyncGenerator<Buffer> {
  await using folder = await temporaryFolder();
  const archive = join(folder.path, 'images.tar');
  await docker('save', '--output', archive, ...images);
  await run('tar', ['-xf', archive, '-C', folder.path]);
  await run('rm', [archive]);
  for (const file of globSync('**/*', { cwd: folder.path, withFileTypes: true })) {
    if (file.isFile()) yield* overlapping(await reading(join(file.parentPath, file.name)));
  }
}

async function reading(path: string): Promise<Readable> {
  const file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  await file.close();
  const stream = createReadStream(path, { highWaterMark: 1 << 20 });
  return bytesRead === 2 && buffer.readUInt16BE() === GZIP ? stream.pipe(createGunzip()) : stream;
}

async function* overlapping(stream: Readable): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    const piece = Buffer.concat([rest, chunk]);
    yield piece;
    rest = piece.subarray(-OVERLAP);
  }
}
