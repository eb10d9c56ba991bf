import type { IGateway } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/Gateway';
import type { IHTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import type { IPrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import type { IIngress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { INamespace } from 'kubernetes-models/v1/Namespace';
import type { IPersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { IService } from 'kubernetes-models/v1/Service';
import type { Manifest } from './manifest.ts';

interface Kinds {
  ConfigMap: IConfigMap;
  CronJob: ICronJob;
  Deployment: IDeployment;
  Gateway: IGateway;
  HorizontalPodAutoscaler: IHorizontalPodAutoscaler;
  HTTPRoute: IHTTPRoute;
  Ingress: IIngress;
  Namespace: INamespace;
  NetworkPolicy: INetworkPolicy;
  PersistentVolumeClaim: IPersistentVolumeClaim;
  PodDisruptionBudget: IPodDisruptionBudget;
  PrometheusRule: IPrometheusRule;
  Secret: ISecret;
  Service: IService;
  ServiceMonitor: IServiceMonitor;
  StatefulSet: IStatefulSet;
}

export type Labels = Record<string, string>;

/** The manifests of a kind with its type, which `typedFaults` has checked. */
export function ofKind<K extends keyof Kinds>(manifests: Manifest[], kind: K) {
  return manifests.filter((one): one is Manifest & Kinds[K] => one.kind === kind);
}

/** A Deployment, StatefulSet or CronJob: its name, the labels of its pods, and its only container. */
export interface Workload {
  name: string;
  kind: string;
  replicas: number | undefined;
  selector: Labels;
  labels: Labels;
  pod: IPodSpec;
  container: IContainer;
  /** Names of its claimed volumes. */
  claimed: string[];
}

/** Every Deployment and StatefulSet. @throws Error unless its pod has exactly one container */
export function workloadsOf(manifests: Manifest[]): Workload[] {
  const all = [...ofKind(manifests, 'Deployment'), ...ofKind(manifests, 'StatefulSet')];
  return all.map(({ kind, metadata, spec }) => {
    const pod = spec?.template.spec;
    const [container, ...others] = pod?.containers ?? [];
    if (!pod || !container || others.length > 0) throw new Error(`${metadata.name}: no container`);
    const claims = spec && 'volumeClaimTemplates' in spec ? spec.volumeClaimTemplates : undefined;
    return {
      name: metadata.name,
      kind,
      replicas: spec?.replicas ?? undefined,
      selector: spec?.selector.matchLabels ?? {},
      labels: spec?.template.metadata?.labels ?? {},
      pod,
      container,
      claimed: (claims ?? []).map((claim) => claim.metadata?.name ?? ''),
    };
  });
}

/** Every CronJob. @throws Error unless its pod has exactly one container */
export function jobsOf(manifests: Manifest[]): Workload[] {
  return ofKind(manifests, 'CronJob').map(({ kind, metadata, spec }) => {
    const template = spec?.jobTemplate.spec?.template;
    const [container, ...others] = template?.spec?.containers ?? [];
    if (!template?.spec || !container || others.length > 0)
      throw new Error(`${metadata.name}: no container`);
    const labels = template.metadata?.labels ?? {};
    const { name } = metadata;
    return {
      ...{ name, kind, replicas: undefined, selector: labels, labels },
      ...{ pod: template.spec, container, claimed: [] },
    };
  });
}

/** Everything that has pods. */
export function podsOf(manifests: Manifest[]): Workload[] {
  return [...workloadsOf(manifests), ...jobsOf(manifests)];
}

/** True when `labels` include all labels of a selector. */
export function matches(selector: Labels | undefined | null, labels: Labels): boolean {
  return Object.entries(selector ?? {}).every(([name, value]) => labels[name] === value);
}
