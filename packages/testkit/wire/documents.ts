import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSearch } from '@parley/chat/search/query.ts';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import { isChannelPattern } from '@parley/contract/channels/channel-pattern.ts';
import { parseEmoji } from '@parley/contract/events/reaction.ts';
import { nestingOf } from '@parley/contract/json-text.ts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';

const FILES = ['openapi.yaml', 'asyncapi.yaml'] as const;
/** The base address of the documents, for references between them. */
const BASE = 'https://parley.invalid/';

type File = (typeof FILES)[number];
type Json = Record<string, unknown>;

/** A value in one of the documents, and its location. */
export interface Place {
  file: File;
  keys: string[];
  value: unknown;
}

/**
 * `openapi.yaml` and `asyncapi.yaml` of `packages/contract`, for looking up definitions and
 * validating values.
 */
export class Documents {
  readonly #roots: Record<File, Json>;
  readonly #open = newAjv();
  readonly #closed = newAjv();

  constructor() {
    this.#roots = { 'openapi.yaml': read('openapi.yaml'), 'asyncapi.yaml': read('asyncapi.yaml') };
    for (const file of FILES) {
      this.#open.addSchema(this.#roots[file], BASE + file);
      this.#closed.addSchema(this.#close(file, this.#roots[file]) as Json, BASE + file);
    }
  }

  /** The value under a document's keys. References on the way are followed, the last one is not. */
  find(file: File, ...keys: string[]): Place | undefined {
    return this.under({ file, keys: [], value: this.#roots[file] }, ...keys);
  }

  /** The value under a place. */
  under(place: Place, ...keys: string[]): Place | undefined {
    const [key, ...rest] = keys;
    if (key === undefined) return place;
    const { file, keys: above, value } = this.follow(place);
    const child = (value as Json | null)?.[key];
    if (child === undefined) return undefined;
    return this.under({ file, keys: [...above, key], value: child }, ...rest);
  }

  /** Every place directly under another, by its key. */
  entries(place: Place | undefined): [key: string, place: Place][] {
    if (!place) return [];
    return Object.keys(this.follow(place).value as Json).map((key) => [
      key,
      this.under(place, key) as Place,
    ]);
  }

  /** The target of a reference; the place itself if it is not a reference. */
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
   * The fault of a value by the schema at a place; undefined if it is valid. Values that Parley
   * sends are checked against closed objects, in which an undocumented field is a fault.
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

  /**
   * A copy of a value in a document in which objects have no further fields. The members of an
   * `allOf` describe one object, so they are copied into it, and it is closed as a whole.
   */
  #close(file: File, value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#close(file, item));
    if (typeof value !== 'object' || value === null) return value;
    const copy = Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key, this.#close(file, child)]),
    );
    if ('$ref' in copy) copy.$ref = new URL(String(copy.$ref), BASE + file).href;
    const { allOf } = value as { allOf?: unknown[] };
    if (allOf) copy.allOf = allOf.map((member) => this.#closeMember(file, member));
    return allOf || 'properties' in copy ? { ...copy, unevaluatedProperties: false } : copy;
  }

  #closeMember(file: File, member: unknown): unknown {
    const target = this.follow({ file, keys: [], value: member });
    const { unevaluatedProperties: _, ...rest } = this.#close(target.file, target.value) as Json;
    return rest;
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
  ajv.addFormat('channel-or-pattern', isChannelOrPattern);
  ajv.addFormat('emoji', isEmoji);
  ajv.addFormat('search-words', isSearch);
  ajv.addKeyword({
    keyword: 'x-max-nesting',
    validate: (limit: number, value: unknown) => nestingOf(JSON.stringify(value)) <= limit,
  });
  return ajv;
}

function isSearch(text: string): boolean {
  try {
    parseSearch(text);
    return true;
  } catch {
    return false;
  }
}

function isChannelOrPattern(text: string): boolean {
  if (text.includes('*')) return isChannelPattern(text);
  try {
    parseChannel(text);
    return true;
  } catch {
    return false;
  }
}

function isEmoji(text: string): boolean {
  try {
    parseEmoji(text);
    return true;
  } catch {
    return false;
  }
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
