/** Most names in a path. */
const DEPTH_MAX = 16;

/** The value at a path such as `commits.0.message`; undefined where there is none. Only own fields count. */
export function lookUp(value: unknown, path: string): unknown {
  const names = path.split('.', DEPTH_MAX + 1);
  if (names.length > DEPTH_MAX) return undefined;
  let found = value;
  for (const name of names) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name))
      return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/** The text at a path: of a text, a number or a boolean; empty for anything else. */
export function textAt(value: unknown, path: string): string {
  return textOf(lookUp(value, path));
}

/** The list at a path; empty where there is none. */
export function listAt(value: unknown, path: string): unknown[] {
  const found = lookUp(value, path);
  return Array.isArray(found) ? found : [];
}

/** A text, a number or a boolean as text; empty for anything else. */
export function textOf(value: unknown): string {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : '';
}

/** The first line of a text. */
export function firstLine(text: string): string {
  return text.trimStart().split(/[\r\n]/, 1)[0] ?? '';
}
