import type { Imports } from './imports.ts';

/** A line for each circle of imports, which says its files in order. */
export function circleFaults(imports: Imports): string[] {
  const done = new Set<string>();
  const faults: string[] = [];
  const path: string[] = [];

  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at >= 0) faults.push(`circle of imports: ${[...path.slice(at), file].join(' -> ')}`);
    if (at >= 0 || done.has(file)) return;
    path.push(file);
    for (const next of imports.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };

  for (const file of imports.keys()) visit(file);
  return faults;
}
