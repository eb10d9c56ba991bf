import { ofKind } from './kinds.ts';
import type { Manifest } from './manifest.ts';

/**
 * The service and path to which a front door sends a request. Undefined: the door answers 404
 * itself.
 */
export type FrontDoor = (path: string) => { service: string; path: string } | undefined;

interface Leading {
  service: string;
  rewritten: string | undefined;
}

/**
 * Reads Ingresses as ingress-nginx does with `use-regex`: every path is a case-insensitive regular
 * expression from the beginning of the path, and the longest expression is tried first.
 */
export function ingressDoor(manifests: Manifest[]): FrontDoor {
  const leads = ofKind(manifests, 'Ingress').flatMap(({ metadata, spec }) => {
    const rewritten = metadata.annotations?.['nginx.ingress.kubernetes.io/rewrite-target'];
    const paths = (spec?.rules ?? []).flatMap(({ http }) => http?.paths ?? []);
    return paths.map(({ path = '', backend }) => ({
      expression: new RegExp(`^${path}`, 'i'),
      length: path.length,
      service: backend.service?.name ?? '',
      rewritten,
    }));
  });
  leads.sort((a, b) => b.length - a.length);
  return (path) =>
    lead(
      leads.find(({ expression }) => expression.test(path)),
      path,
    );
}

/**
 * Reads HTTPRoutes as the Gateway API requires: exact paths first, then the longest prefix, by
 * whole segments.
 */
export function gatewayDoor(manifests: Manifest[]): FrontDoor {
  const leads = ofKind(manifests, 'HTTPRoute')
    .flatMap(({ spec }) => spec.rules ?? [])
    .flatMap(({ matches = [], filters = [], backendRefs = [] }) =>
      matches.map(({ path }) => ({
        isExact: path?.type === 'Exact',
        value: path?.value ?? '',
        service: backendRefs[0]?.name ?? '',
        rewritten: filters[0]?.urlRewrite?.path?.replaceFullPath,
      })),
    );
  leads.sort((a, b) => Number(b.isExact) - Number(a.isExact) || b.value.length - a.value.length);
  const isAt = (path: string, { isExact, value }: (typeof leads)[number]) =>
    path === value || (!isExact && path.startsWith(value.replace(/\/?$/, '/')));
  return (path) =>
    lead(
      leads.find((one) => isAt(path, one)),
      path,
    );
}

function lead(found: Leading | undefined, path: string) {
  return found && { service: found.service, path: found.rewritten ?? path };
}
