import type { ILabelSelector } from '@kubernetes-models/apimachinery/apis/meta/v1/LabelSelector';
import type { IIPBlock } from 'kubernetes-models/networking.k8s.io/v1/IPBlock';
import type { INetworkPolicyPeer } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer';
import type { INetworkPolicyPort } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPort';
import { type Labels, matches, ofKind, podsOf, type Workload } from './kinds.ts';
import type { Manifest } from './manifest.ts';

const NAME_SERVER = 'kube-system k8s-app=kube-dns';
/** The private networks, where databases and brokers usually are. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];
/** Every address, with the networks that must be left out to reach only the internet. */
const EVERYWHERE: Record<string, string[]> = {
  '0.0.0.0/0': [...PRIVATE, '100.64.0.0/10', '169.254.0.0/16'],
  '::/0': ['fc00::/7', 'fe80::/10'],
};

/**
 * The connections that all policies together allow, as `source -> target:port`. Inside the
 * namespace both ends must allow a connection. `outside` stands for the private networks, and
 * `internet` for all others.
 */
export function flowsAllowed(manifests: Manifest[]): Set<string> {
  const workloads = podsOf(manifests);
  const outward = new Set(workloads.flatMap((one) => sides(manifests, one, 'egress')));
  const inward = new Set(workloads.flatMap((one) => sides(manifests, one, 'ingress')));
  const names = workloads.map(({ name }) => name);
  const isInside = (flow: string) => {
    const [who = '', whom = ''] = flow.split(/ -> |:(?=\w+$)/);
    return names.includes(who) && names.includes(whom);
  };
  const all = [...outward, ...inward];
  return new Set(all.filter((flow) => !isInside(flow) || (outward.has(flow) && inward.has(flow))));
}

interface Rule {
  from?: INetworkPolicyPeer[];
  to?: INetworkPolicyPeer[];
  ports?: INetworkPolicyPort[];
}

/** The flows that the policies of one end allow, without the policies of the other end. */
function sides(manifests: Manifest[], workload: Workload, way: 'egress' | 'ingress'): string[] {
  const rules: Rule[] = ofKind(manifests, 'NetworkPolicy')
    .filter(({ spec }) => spec?.policyTypes?.includes(way === 'egress' ? 'Egress' : 'Ingress'))
    .filter(({ spec }) => selects(spec?.podSelector, workload.labels))
    .flatMap(({ spec }) => spec?.[way] ?? []);
  return rules.flatMap(({ from, to, ports = [{ port: 'any' }] }) =>
    peersOf(from ?? to ?? [], podsOf(manifests)).flatMap((other) =>
      ports.map((port) =>
        way === 'egress'
          ? `${workload.name} -> ${other.name}:${portOf(port, other)}`
          : `${other.name} -> ${workload.name}:${portOf(port, workload)}`,
      ),
    ),
  );
}

function selects(selector: ILabelSelector | undefined, labels: Labels): boolean {
  const { matchLabels, matchExpressions = [] } = selector ?? {};
  return (
    matches(matchLabels, labels) &&
    (matchExpressions ?? []).every(({ key, operator, values }) => {
      assertIn(operator);
      return (values ?? []).includes(labels[key] ?? '');
    })
  );
}

function assertIn(operator: string): void {
  if (operator !== 'In') throw new Error(`the operator ${operator} is not supported here`);
}

type Peer = Pick<Workload, 'name'> & Partial<Workload>;

/** The other ends of a rule. A rule without peers allows everybody. */
function peersOf(peers: INetworkPolicyPeer[], workloads: Workload[]): Peer[] {
  if (peers.length === 0) return [{ name: 'everybody' }];
  const blocks = peers.flatMap(({ ipBlock }) => (ipBlock ? networkOf(ipBlock) : []));
  const isPrivate = PRIVATE.every((network) => blocks.includes(network));
  const outside = isPrivate
    ? blocks.filter((one) => !PRIVATE.includes(one)).concat('outside')
    : blocks;
  const inside = peers
    .filter(({ ipBlock }) => !ipBlock)
    .flatMap(({ namespaceSelector, podSelector }): Peer[] => {
      if (!namespaceSelector) return workloads.filter(({ labels }) => selects(podSelector, labels));
      return [{ name: [namespaceName(namespaceSelector), labelsOf(podSelector)].join(' ').trim() }];
    });
  return [...outside.map((name) => ({ name })), ...inside];
}

function networkOf({ cidr, except }: IIPBlock): string {
  return EVERYWHERE[cidr]?.every((one) => except?.includes(one)) ? 'internet' : cidr;
}

function namespaceName(selector: ILabelSelector): string {
  const { 'kubernetes.io/metadata.name': name, ...labels } = selector.matchLabels ?? {};
  return [name, labelsOf({ matchLabels: labels })].join(' ').trim();
}

function labelsOf(selector: ILabelSelector | undefined): string {
  return Object.entries(selector?.matchLabels ?? {})
    .map((pair) => pair.join('='))
    .join(' ');
}

/** The number of a port or the range of ports, with the protocol for UDP and for the name server. */
function portOf(
  { port, endPort, protocol }: INetworkPolicyPort,
  { name, container }: Peer,
): string {
  if (endPort) return `${port}-${endPort}`;
  const named = container?.ports?.find((one) => one.name === port)?.containerPort;
  return `${named ?? port}${name === NAME_SERVER || protocol === 'UDP' ? protocol : ''}`;
}
