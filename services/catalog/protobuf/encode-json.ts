import { Enum, type Field, type MapField, type Type } from 'protobufjs';
import { shortestFloat } from './shortest-float.ts';

type Fields = Record<string, unknown>;

/** TypeScript's library does not have `rawJSON` yet (TC39, "JSON.parse source text access"). */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
const MINUS_ZERO = rawJSON('-0');

/**
 * Writes a decoded message as JSON text by the rules of ProtoJSON (protobuf.dev, "ProtoJSON
 * Format") with the field names of the file: 64-bit integers, NaN and infinities are strings, bytes
 * are base64, enums are names. Every number reads back with the same value. Absent fields are left
 * out.
 */
export function encodeJson(type: Type, message: object): string {
  return JSON.stringify(toJson(type, message as Fields));
}

function toJson(type: Type, message: Fields): Fields {
  // A field can have the name __proto__.
  const json: Fields = Object.create(null);
  for (const field of type.fieldsArray) {
    if (isPresent(field, message)) json[field.name] = fieldToJson(field, message[field.name]);
  }
  return json;
}

/**
 * True when a decoded message has the field; lists and maps always exist, so they must not be
 * empty.
 */
export function isPresent({ name, repeated, map }: Field, message: object): boolean {
  if (!Object.hasOwn(message, name)) return false;
  const value = (message as Fields)[name];
  if (repeated) return (value as unknown[]).length > 0;
  return !map || Object.keys(value as object).length > 0;
}

function fieldToJson(field: Field, value: unknown): unknown {
  if (field.repeated) return (value as unknown[]).map((item) => valueToJson(field, item));
  if (!field.map) return valueToJson(field, value);
  const entries: Fields = Object.create(null);
  for (const [key, item] of Object.entries(value as Fields)) {
    entries[keyToJson(field as unknown as MapField, key)] = valueToJson(field, item);
  }
  return entries;
}

/** The library keeps 64-bit keys as eight bytes in a string. */
function keyToJson({ keyType }: MapField, key: string): string {
  if (!keyType.includes('64')) return key;
  const bytes = Buffer.from(key, 'latin1');
  return String(
    keyType.startsWith('u') || keyType === 'fixed64'
      ? bytes.readBigUInt64LE()
      : bytes.readBigInt64LE(),
  );
}

function valueToJson({ resolvedType, type }: Field, value: unknown): unknown {
  if (resolvedType instanceof Enum) return resolvedType.valuesById[value as number] ?? value;
  if (resolvedType) return toJson(resolvedType, value as Fields);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'number') return numberToJson(type === 'float' ? shortest(value) : value);
  // The rest is text, a boolean, or a 64-bit integer, which would lose digits as a number.
  return typeof value === 'object' ? String(value) : value;
}

function shortest(value: number): number {
  return Number.isFinite(value) && value !== 0 ? shortestFloat(value) : value;
}

function numberToJson(value: number): unknown {
  if (!Number.isFinite(value)) return String(value);
  return Object.is(value, -0) ? MINUS_ZERO : value;
}
