import { Reader, type Type } from 'protobufjs';
import { encodeJson, isPresent } from './encode-json.ts';

/** Longer text is of no use in a database; a megabyte of bytes may stand for many of it. */
const JSON_MAX = 8_388_608;

/** What bytes say: JSON text, or why they cannot be read. */
export type Decoded = { json: string } | { reason: string };

export type Decode = (bytes: Uint8Array) => Decoded;

/**
 * Opens the reading of one message type. Undecodable is what is cut short, lacks a required field,
 * has text that is not UTF-8, or bytes without one field of the type; a value that an enum of proto2
 * does not have counts as absent, and unknown fields are passed over (protobuf.dev, "Encoding" and
 * "Enum Behavior").
 */
export function openDecode(type: Type): Decode {
  return (bytes) => {
    try {
      const message = type.decode(Reader.create(bytes));
      if (bytes.length > 0 && !hasFields(type, message)) {
        return { reason: `there is no field of ${type.name} in it` };
      }
      const json = encodeJson(type, message);
      if (json.length <= JSON_MAX) return { json };
      return { reason: `it is ${json.length} characters of JSON, more than ${JSON_MAX}` };
    } catch (error) {
      return { reason: (error as Error).message };
    }
  };
}

function hasFields(type: Type, message: object): boolean {
  return type.fieldsArray.some((field) => isPresent(field, message));
}
