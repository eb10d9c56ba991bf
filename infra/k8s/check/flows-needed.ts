import { matches, ofKind, podsOf, workloadsOf } from './kinds.ts';
import type { Manifest } from './manifest.ts';

/**
 * URLs in Secrets, which these tests do not have. The host names are those of `npm run secrets`.
 */
const IN_SECRETS: Record<string, string[]> = {
  STORE_URL_FILE: ['postgres://postgres:5432'],
  MQTT_URL_FILE: ['mqtts://broker:8883'],
  NATS_URL_FILE: ['tls://nats:4222'],
};
/** Programs that post to servers on the internet. */
const POST_OUTSIDE = ['services/hooks/main.ts', 'services/standalone/main.ts'];
const FRONT_DOOR = 'parley/front-door=allowed';
const PROMETHEUS = 'parley/watches=allowed app.kubernetes.io/name=prometheus';
const NAME_SERVER = 'kube-system k8s-app=kube-dns';

/**
 * The connections that a deployment needs: to the URLs in the settings of each service, from the
 * front door to its targets, from Prometheus to every service, from every service to the name
 * server, and from the hooks to the internet. The format is that of `flowsAllowed`.
 */
export function flowsNeeded(manifests: Manifest[]): Set<string> {
  const workloads = podsOf(manifests);
  const led = [...ingressBackends(manifests), ...routeBackends(manifests)];
  const flows = [
    ...workloads.flatMap(({ name, container }) =>
      (container.env ?? [])
        .flatMap((one) => IN_SECRETS[one.name] ?? (one.name.endsWith('_URL') ? [one.value] : []))
        .map((url) => `${name} -> ${reached(manifests, new URL(url ?? ''))}`),
    ),
    ...workloads
      .filter(({ container }) => POST_OUTSIDE.includes(container.args?.[0] ?? ''))
      .map(({ name }) => `${name} -> internet:1-65535`),
    ...led.map(({ service, port }) => `${FRONT_DOOR} -> ${behind(manifests, service, port)}`),
    ...workloads.flatMap(({ name }) =>
      ['53UDP', '53TCP'].map((port) => `${name} -> ${NAME_SERVER}:${port}`),
    ),
    ...workloads.flatMap(({ name, container }) =>
      (container.ports ?? [])
        .filter((port) => port.name === 'http')
        .map(({ containerPort }) => `${PROMETHEUS} -> ${name}:${containerPort}`),
    ),
  ];
  return new Set(flows);
}

interface Backend {
  service: string;
  /** Its number or its name. */
  port: string;
}

function reached(manifests: Manifest[], { hostname, port }: URL): string {
  const isHere = ofKind(manifests, 'Service').some(({ metadata }) => metadata.name === hostname);
  return isHere ? behind(manifests, hostname, port) : `outside:${port}`;
}

/** The pods behind a port of a Service. @throws Error when there are none */
function behind(manifests: Manifest[], service: string, port: string): string {
  const { spec } =
    ofKind(manifests, 'Service').find(({ metadata }) => metadata.name === service) ?? {};
  const target = spec?.ports?.find((one) => [one.name, String(one.port)].includes(port));
  const workload = workloadsOf(manifests).find(({ labels }) => matches(spec?.selector, labels));
  const found = workload?.container.ports?.find((one) => one.name === target?.targetPort);
  if (!spec || !target || !found) throw new Error(`there is nothing behind ${service}:${port}`);
  return `${workload?.name}:${found.containerPort}`;
}

function ingressBackends(manifests: Manifest[]): Backend[] {
  return ofKind(manifests, 'Ingress')
    .flatMap(({ spec }) => spec?.rules ?? [])
    .flatMap(({ http }) => http?.paths ?? [])
    .map(({ backend }) => ({
      service: backend.service?.name ?? '',
      port: backend.service?.port?.name ?? '',
    }));
}

function routeBackends(manifests: Manifest[]): Backend[] {
  return ofKind(manifests, 'HTTPRoute')
    .flatMap(({ spec }) => spec.rules ?? [])
    .flatMap(({ backendRefs }) => backendRefs ?? [])
    .map(({ name, port }) => ({ service: name, port: String(port) }));
}
