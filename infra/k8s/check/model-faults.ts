import { type Manifest, modelOf, nameOf } from './manifest.ts';

interface Model {
  validate(): void;
}

/** Faults of a manifest's values against the schemas of Kubernetes: patterns, bounds, formats. */
export async function modelFaults(manifest: Manifest): Promise<string[]> {
  try {
    const module: Record<string, new (data: Manifest) => Model> = await import(modelOf(manifest));
    const Kind = module[manifest.kind];
    if (Kind === undefined) throw new Error('there is no such kind');
    new Kind(manifest).validate();
    return [];
  } catch (error) {
    return [`${nameOf(manifest)}: ${(error as Error).message}`];
  }
}
