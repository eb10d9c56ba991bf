import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Request, Response } from 'express';

/** Codings in which the build compresses files, best first, with the endings of their names. */
const CODINGS = [
  { coding: 'br', ending: '.br' },
  { coding: 'gzip', ending: '.gz' },
] as const;

/** A file's bytes, plain or compressed; the tag identifies exactly these bytes. */
interface Variant {
  coding: string | undefined;
  bytes: Buffer;
  tag: string;
}

/**
 * A file from a build, held in memory together with its compressed forms. Each client gets the
 * smallest form that it accepts (RFC 9110 section 12.5.3), or 304 where it has that form already.
 * Tags come from the content, because all files of a release may have the same time.
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

  /** Answers with the file; `cacheControl` is the header's value. */
  send(request: Request, response: Response, cacheControl: string): void {
    const variant =
      this.#compressed.find(({ coding = '' }) => request.acceptsEncodings(coding)) ?? this.#plain;
    response.vary('Accept-Encoding').type(this.#type);
    response.set({ 'Cache-Control': cacheControl, ETag: variant.tag });
    if (variant.coding && !request.fresh) response.set('Content-Encoding', variant.coding);
    response.send(variant.bytes);
  }
}

/** The files of a folder by their names, without the compressed forms. */
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
