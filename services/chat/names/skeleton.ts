import { readFileSync } from 'node:fs';

const DATA = new URL('./confusables.txt', import.meta.url);
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;

let prototypes: Map<string, string> | undefined;

/**
 * The skeleton of a text (UTS 39, section 4): two texts that look alike have the same skeleton. A
 * skeleton is for comparing and is never shown.
 */
export function skeleton(text: string): string {
  prototypes ??= readPrototypes(readFileSync(DATA, 'utf8'));
  let mapped = '';
  for (const char of text.normalize('NFD').replace(INVISIBLE, '')) {
    mapped += prototypes.get(char) ?? char;
  }
  return mapped.normalize('NFD');
}

function readPrototypes(data: string): Map<string, string> {
  const lines = data.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.flatMap((line) => {
      const [prototype = '', sources = ''] = line.split(';');
      return sources.split(' ').map((source) => [characters(source), characters(prototype)]);
    }),
  );
}

/** Text from hexadecimal code points with `+` between them. */
function characters(codes: string): string {
  return String.fromCodePoint(...codes.split('+').map((code) => Number.parseInt(code, 16)));
}
