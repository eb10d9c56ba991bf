import { SettingsError } from '@parley/kit/settings/settings.ts';
import protobuf, { type Field, type NamespaceBase, Type } from 'protobufjs';

/**
 * Reads a message type from a `.proto` file and the files that it imports. Fields keep their names.
 * @throws SettingsError that names the file and what is wrong with it
 */
export function loadType(file: string, name: string): Type {
  const refusal = (what: string) => new SettingsError(`FEEDS_FILE: ${file}: ${what}`);
  const root = new protobuf.Root();
  try {
    root.loadSync(file, { keepCase: true }).resolveAll();
  } catch (error) {
    throw refusal(String((error as Error).message).replaceAll('\n', ' '));
  }
  const found = root.lookup(name, [Type]);
  if (!(found instanceof Type)) throw refusal(`it has no message type "${name}"`);
  verifyTexts(root);
  return found;
}

/**
 * Makes text that is not UTF-8 an error, because its meaning is unknown. Editions can ask for that,
 * proto2 cannot; the library decides by an internal property.
 */
function verifyTexts(scope: NamespaceBase): void {
  for (const nested of scope.nestedArray) {
    if (nested instanceof Type) nested.fieldsArray.forEach(verifyText);
    if ('nestedArray' in nested) verifyTexts(nested as NamespaceBase);
  }
}

function verifyText(field: Field): void {
  const { _features } = field as unknown as { _features: Record<string, string> };
  Object.assign(field, { _features: { ..._features, utf8_validation: 'VERIFY' } });
}
