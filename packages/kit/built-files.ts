import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Request, Response } from 'express';

/** Codings in which the build compresses files, the better one first, and how their names end. */
const CODINGS = [
  { coding: 'br', ending: '.br' },
  { coding: 'gzip', ending: '.gz' },
] as const;

/** A file's bytes, as they are or compressed; the tag names exactly these bytes. */
interface Variant {
  coding: string | undefined;
  bytes: Buffer;
  tag: string;
}

/**
 * A file that a build made, held in memory with what the build compressed of it. Each client gets
 * the smallest form that it takes (RFC 9110 section 12.5.3), or 304 where it has that already. Tags
 * come from the content, since all files of a release may be of the same time.
 */
export class BuiltFile {
  readonly #type: string;
  readonly #plain: Variant;
  readonly #compressed: Variant[];

  /** @throws where there is no such file */
  constructor(path: string) {
    this.#type = extname(path);
    this.#plain = readVariant(path);
    this.#compressed = CODINGS.filter(({ ending }) => existsSync(path + ending)).map(
      ({ coding, ending }) => readVariant(path + ending, coding),
    );
  }

  /** Answers with the file, which may be kept as `cacheControl` says. */
  send(request: Request, response: Response, cacheControl: string): void {
    const variant =
      this.#compressed.find(({ coding = '' }) => request.acceptsEncodings(coding)) ?? this.#plain;
    response.vary('Accept-Encoding').type(this.#type);
    response.set({ 'Cache-Control': cacheControl, ETag: variant.tag });
    if (variant.coding && !request.fresh) response.set('Content-Encoding', variant.coding);
    response.send(variant.bytes);
  }
}

/** The files of a folder by their names, without those that hold the same compressed. */
export function readBuiltFiles(folder: string): Map<string, BuiltFile> {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !CODINGS.some(({ ending }) => entry.name.endsWith(ending)))
    .map(({ name }) => name);
  return new Map(names.map((name) => [name, new BuiltFile(join(folder, name))]));
}

function readVariant(path: string, coding?: string): Variant {
  const bytes = readFileSync(path);
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  return { coding, bytes, tag: `"${hash}"` };
}
