/**
 * A JSON value as its writer wrote it: with its order of keys and every digit of its numbers, and
 * without white space between its tokens. `JSON.parse` would lose digits beyond 2^53 and reorder
 * keys that are numbers.
 */
export type JsonText = string;

/** A text that contains neither has no field `data`: its name can also be written with escapes. */
const MAY_HAVE_DATA = /"data"|\\u/;
/** A string (RFC 8259 section 7) with its quotes, and the colon after it when it is a name. */
const STRING = String.raw`"[^"\\]*(?:\\.[^"\\]*)*"`;
const NAME_OR_STRING = new RegExp(String.raw`(${STRING})[ \t\n\r]*(:[ \t\n\r]*)?`, 'g');
const STRING_OR_BRACKET = new RegExp(String.raw`${STRING}|[{}[\]]`, 'g');
const STRING_OR_SPACE = new RegExp(String.raw`(${STRING})|[ \t\n\r]+`, 'g');
const SIMPLE_VALUE = new RegExp(String.raw`${STRING}|[^,}\] \t\n\r]+`, 'y');

/**
 * Parses JSON like `JSON.parse`, but the value of each field `data` becomes its `JsonText`.
 * @throws SyntaxError when the text is not JSON
 */
export function parseKeepingData(json: string): unknown {
  const value = JSON.parse(json);
  return MAY_HAVE_DATA.test(json) ? JSON.parse(quoteData(json)) : value;
}

/** Writes an object as JSON, with its `data`, a `JsonText`, as the last field. */
export function encodeWithData<T extends { data?: JsonText | undefined }>(value: T): string {
  const { data, ...rest } = value;
  const json = JSON.stringify(rest);
  if (data === undefined) return json;
  return json === '{}' ? `{"data":${data}}` : `${json.slice(0, -1)},"data":${data}}`;
}

/** How deep arrays and objects are nested in a JSON value; 0 for a value that is neither. */
export function nestingOf(json: JsonText): number {
  let depth = 0;
  let deepest = 0;
  STRING_OR_BRACKET.lastIndex = 0;
  for (const [token] of json.matchAll(STRING_OR_BRACKET)) {
    if (token === '{' || token === '[') deepest = Math.max(deepest, ++depth);
    else if (token === '}' || token === ']') depth--;
  }
  return deepest;
}

/** A valid JSON text with the value of each field `data` as a string that contains its `JsonText`. */
function quoteData(json: string): string {
  let out = '';
  let written = 0;
  NAME_OR_STRING.lastIndex = 0;
  for (let found = NAME_OR_STRING.exec(json); found; found = NAME_OR_STRING.exec(json)) {
    const [, name = '', colon] = found;
    if (colon === undefined || !isData(name)) continue;
    const from = NAME_OR_STRING.lastIndex;
    const to = endOfValue(json, from);
    out += json.slice(written, from) + JSON.stringify(withoutSpace(json.slice(from, to)));
    written = to;
    NAME_OR_STRING.lastIndex = to;
  }
  return out + json.slice(written);
}

function isData(name: string): boolean {
  return name === '"data"' || (name.includes('\\') && JSON.parse(name) === 'data');
}

/** The index after the value that begins at `from`. */
function endOfValue(json: string, from: number): number {
  if (!'{['.includes(json.charAt(from))) {
    SIMPLE_VALUE.lastIndex = from;
    SIMPLE_VALUE.test(json);
    return SIMPLE_VALUE.lastIndex;
  }
  let depth = 0;
  STRING_OR_BRACKET.lastIndex = from;
  do {
    const [token] = STRING_OR_BRACKET.exec(json) ?? [''];
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
  } while (depth > 0);
  return STRING_OR_BRACKET.lastIndex;
}

function withoutSpace(json: string): JsonText {
  return /[ \t\n\r]/.test(json) ? json.replace(STRING_OR_SPACE, '$1') : json;
}
