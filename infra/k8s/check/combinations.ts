/** A kustomization: the folders of `infra/k8s` that it combines. */
export interface Combination {
  name: string;
  overlay: string;
  components: string[];
}

const FRONT_DOORS = [undefined, 'ingress', 'gateway'];
const OTHERS = ['broker', 'catalog', 'monitoring'];
/** Components that need a route of their own at a front door. */
const ROUTES: Record<string, string> = { broker: 'mqtt', catalog: 'catalog', hooks: 'hooks' };

/** Every overlay with every valid choice of components; hooks only alone, and backups only with all others. */
export const combinations: Combination[] = [
  ...FRONT_DOORS.flatMap((door) =>
    subsets(['monitoring']).map((others) => combine('embedded', door, others)),
  ),
  ...FRONT_DOORS.map((door) => combine('embedded', door, ['monitoring', 'backup-embedded'])),
  ...FRONT_DOORS.flatMap((door) =>
    subsets(OTHERS).map((others) => combine('production', door, others)),
  ),
  ...FRONT_DOORS.map((door) => combine('production', door, ['hooks'])),
  ...FRONT_DOORS.map((door) => combine('production', door, [...OTHERS, 'hooks', 'backup'])),
];

/**
 * Names of combinations without objects of their own: neither an overlay alone nor a largest
 * combination.
 */
export const repeating = new Set(
  combinations
    .filter((one) => one.components.length > 0 && combinations.some((other) => adds(other, one)))
    .map(({ name }) => name),
);

function adds(more: Combination, fewer: Combination): boolean {
  return (
    more.overlay === fewer.overlay &&
    more.components.length > fewer.components.length &&
    fewer.components.every((name) => more.components.includes(name))
  );
}

function combine(overlay: string, door: string | undefined, others: string[]): Combination {
  const withRoutes = overlay === 'embedded' ? ['broker', 'hooks'] : others;
  const routes = withRoutes.flatMap((name) => ROUTES[name] ?? []);
  const doors = door === undefined ? [] : [door, ...routes.map((route) => `${door}-${route}`)];
  const components = [...others, ...doors];
  return { name: [overlay, ...components].join(' + '), overlay, components };
}

function subsets([first, ...others]: string[]): string[][] {
  if (first === undefined) return [[]];
  return subsets(others).flatMap((some) => [some, [first, ...some]]);
}
