import { ofKind, podsOf, type Workload, workloadsOf } from '../k8s/check/kinds.ts';
import type { Rendered } from '../k8s/check/render.ts';
import { type Given, portOf } from './given.ts';
import { settingOf } from './programs.ts';

/** The variables that rendered manifests give to each service, directly and by ConfigMaps. */
export function kubernetesGiven({ name: where, manifests }: Rendered): Given[] {
  const maps = ofKind(manifests, 'ConfigMap');
  return podsOf(manifests).flatMap((workload) => {
    const { env = [], envFrom = [] } = workload.container;
    const program = programOf(workload);
    const listed = envFrom.flatMap(({ configMapRef }) => {
      const map = maps.find(({ metadata }) => metadata.name === configMapRef?.name);
      return Object.entries(map?.data ?? {});
    });
    const own = env.map(({ name, value }) => [name, value] as const);
    return [...listed, ...own].map(([variable, value]) => ({ where, program, variable, value }));
  });
}

/** Wrong and missing ports of containers, one line each. */
export function kubernetesPortFaults(rendered: Rendered): string[] {
  const given = kubernetesGiven(rendered);
  return workloadsOf(rendered.manifests).flatMap((workload) => {
    const program = programOf(workload);
    const listens = [['http', portOf(program, given)]];
    if (given.some((one) => one.program === program && one.variable === 'MQTT_TLS_CERT_FILE')) {
      listens.push(['mqtts', String(settingOf(program, 'MQTT_TLS_PORT')?.default)]);
    }
    const open = (workload.container.ports ?? []).map(({ name, containerPort }) => [
      name,
      String(containerPort),
    ]);
    const isSame = JSON.stringify(open) === JSON.stringify(listens);
    return isSame
      ? []
      : [`${rendered.name}: ${workload.name} opens ${open}, listens on ${listens}`];
  });
}

function programOf({ container }: Workload): string {
  return container.args?.[0] ?? '';
}
