import { repeating } from './combinations.ts';
import type { Manifest } from './manifest.ts';
import { modelFaults } from './model-faults.ts';
import { renderAll } from './render.ts';
import { typedFaults } from './typed-faults.ts';

/** Renders every object that can be applied from `infra/k8s`. Returns the faults, one line each. */
export async function allManifestFaults(): Promise<string[]> {
  const rendered = await renderAll((name) => !repeating.has(name));
  return manifestFaults(rendered.flatMap(({ manifests }) => manifests));
}

/**
 * Faults of manifests against the models of Kubernetes, one line each. Checks equal manifests once.
 */
export async function manifestFaults(manifests: Manifest[]): Promise<string[]> {
  const texts = new Set(manifests.map((manifest) => JSON.stringify(manifest)));
  const once: Manifest[] = [...texts].map((text) => JSON.parse(text));
  const faults = await Promise.all([typedFaults(once), ...once.map(modelFaults)]);
  return faults.flat();
}
