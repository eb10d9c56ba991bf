import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';

const FILES = ['openapi.yaml', 'asyncapi.yaml'] as const;
/** Where the documents are as far as their references to each other are concerned. */
const BASE = 'https://parley.invalid/';

type File = (typeof FILES)[number];
type Json = Record<string, unknown>;

/** A value in one of the documents, and where it stands. */
export interface Place {
  file: File;
  keys: string[];
  value: unknown;
}

/** `openapi.yaml` and `asyncapi.yaml` of `packages/contract`, to look things up in and to hold values against. */
export class Documents {
  readonly #roots: Record<File, Json>;
  readonly #open = newAjv();
  readonly #closed = newAjv();

  constructor() {
    this.#roots = { 'openapi.yaml': read('openapi.yaml'), 'asyncapi.yaml': read('asyncapi.yaml') };
    for (const file of FILES) {
      this.#open.addSchema(this.#roots[file], BASE + file);
      this.#closed.addSchema(close(this.#roots[file]) as Json, BASE + file);
    }
  }

  /** What stands under a document's keys; references are followed on the way, and not at the end. */
  find(file: File, ...keys: string[]): Place | undefined {
    return this.under({ file, keys: [], value: this.#roots[file] }, ...keys);
  }

  /** What stands under a place. */
  under(place: Place, ...keys: string[]): Place | undefined {
    const [key, ...rest] = keys;
    if (key === undefined) return place;
    const { file, keys: above, value } = this.follow(place);
    const child = (value as Json | null)?.[key];
    if (child === undefined) return undefined;
    return this.under({ file, keys: [...above, key], value: child }, ...rest);
  }

  /** Every place right under another, by its key. */
  entries(place: Place | undefined): [key: string, place: Place][] {
    if (!place) return [];
    return Object.keys(this.follow(place).value as Json).map((key) => [
      key,
      this.under(place, key) as Place,
    ]);
  }

  /** The place that a reference leads to; the place itself where it is none. */
  follow(place: Place): Place {
    const { $ref } = place.value as { $ref?: string };
    if ($ref === undefined) return place;
    const { pathname, hash } = new URL($ref, BASE + place.file);
    const keys = hash.split('/').slice(1).map(unescapeKey);
    const found = this.find(pathname.slice(1) as File, ...keys);
    if (!found) throw new Error(`${$ref} leads nowhere`);
    return this.follow(found);
  }

  /**
   * What is wrong with a value by the schema at a place; undefined where nothing is. What Parley
   * sends is held against closed objects, in which a field that is not described is wrong.
   */
  fault(schema: Place, value: unknown, sender: 'parley' | 'client'): string | undefined {
    const ajv = sender === 'parley' ? this.#closed : this.#open;
    const $ref = `${BASE}${schema.file}#${schema.keys.map(escapeKey).join('')}`;
    const validate = ajv.getSchema($ref);
    if (!validate) throw new Error(`no schema at ${$ref}`);
    if (validate(value)) return undefined;
    const [error] = validate.errors ?? [];
    return `${error?.instancePath} ${error?.message}${hint(error?.params)}`.trim();
  }
}

function read(file: File): Json {
  const path = fileURLToPath(import.meta.resolve(`@parley/contract/${file}`));
  return parse(readFileSync(path, 'utf8'));
}

function newAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, validateSchema: false });
  formats.default(ajv);
  ajv.addFormat('well-formed', (text) => text.isWellFormed());
  return ajv;
}

function close(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(close);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, child]) => [key, close(child)]));
  return 'properties' in copy ? { ...copy, unevaluatedProperties: false } : copy;
}

function hint(params: Json | undefined): string {
  const name = params?.unevaluatedProperty ?? params?.allowedValue ?? params?.allowedValues;
  return name === undefined ? '' : ` (${name})`;
}

function escapeKey(key: string): string {
  return `/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`;
}

function unescapeKey(key: string): string {
  return decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~');
}
