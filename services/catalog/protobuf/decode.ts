import { Reader, type Type } from 'protobufjs';
import { encodeJson, isPresent } from './encode-json.ts';

/**
 * Longest JSON text: longer text is useless in a database, and a megabyte of bytes can become far
 * more.
 */
const JSON_MAX = 8_388_608;

/** The content of bytes as JSON text, or the reason why they cannot be read. */
export type Decoded = { json: string } | { reason: string };

export type Decode = (bytes: Uint8Array) => Decoded;

/**
 * Opens the decoder of one message type. Bytes are undecodable when they are cut short, lack a
 * required field, contain text that is not UTF-8, or have no field of the type. An unknown value of
 * a proto2 enum counts as absent, and unknown fields are ignored (protobuf.dev, "Encoding" and
 * "Enum Behavior").
 */
export function openDecode(type: Type): Decode {
  return (bytes) => {
    try {
      const message = type.decode(Reader.create(bytes));
      if (bytes.length > 0 && !hasFields(type, message)) {
        return { reason: `it has no field of ${type.name}` };
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
