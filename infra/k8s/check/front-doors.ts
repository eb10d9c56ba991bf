import { ofKind } from './kinds.ts';
import type { Manifest } from './manifest.ts';

/** Where a front door leads a request, and with which path; undefined: nowhere, it answers 404 itself. */
export type FrontDoor = (path: string) => { service: string; path: string } | undefined;

interface Leading {
  service: string;
  rewritten: string | undefined;
}

/**
 * As ingress-nginx reads Ingresses with `use-regex`: every path of a host is an expression without
 * regard to case, bound to the path's beginning, and the longest is tried first.
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

/** As the Gateway API says: an exact path, then the prefix with the most characters, by whole segments. */
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
