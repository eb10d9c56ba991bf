import { writeFileSync } from 'node:fs';
import { ruleManifests } from './rule-manifests.ts';

/** `npm run rules`: writes the rules of infra/prometheus as manifests, for the Prometheus operator. */
for (const { path, text } of ruleManifests) writeFileSync(path, text);
