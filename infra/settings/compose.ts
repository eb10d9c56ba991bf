import { readdirSync, readFileSync } from 'node:fs';
import { parse, type ScalarTag } from 'yaml';
import type { Given } from './given.ts';
import { programs } from './programs.ts';

const ROOT = new URL('../../', import.meta.url);
const MAIN = 'docker-compose.yml';
const OVERLAYS = 'infra/compose/';
/** What our image runs where a service has no command. */
const PROGRAM = 'services/standalone/main.ts';
const IMAGE = /parley:\$/;
/** The folder for temporary files, which is no setting of ours. */
const TMPDIR = 'TMPDIR';

interface Service {
  image?: string;
  command?: string | string[];
  environment?: Record<string, string>;
  secrets?: string[];
}

/** What the compose files give to Parley's programs. */
export interface ComposeFacts {
  given: Given[];
  /** Files of /run/secrets that are not among the secrets of the service, one line each. */
  unmounted: string[];
}

/** Reads the compose file, and the changes of each overlay. */
export function composeFacts(
  read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8'),
): ComposeFacts {
  const base = servicesOf(read(MAIN));
  const below = factsOf(MAIN, base);
  const idOf = ({ program, variable, value }: Given) => `${program} ${variable}=${value}`;
  const known = new Set(below.given.map(idOf));
  const above = readdirSync(new URL(OVERLAYS, ROOT))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => OVERLAYS + name)
    .map((path) => factsOf(path, overlaid(base, servicesOf(read(path)))));
  return {
    given: [
      ...below.given,
      ...above.flatMap(({ given }) => given).filter((one) => !known.has(idOf(one))),
    ],
    unmounted: [below, ...above].flatMap(({ unmounted }) => unmounted),
  };
}

/** Compose's own tags control the merging of overlays. Here only the tagged value counts. */
const customTags: ScalarTag[] = ['!reset', '!override'].map((tag) => ({
  tag,
  resolve: (text: string) => text,
}));

function servicesOf(text: string): Record<string, Service> {
  return parse(text, { merge: true, customTags, logLevel: 'error' }).services;
}

function overlaid(base: Record<string, Service>, overlay: Record<string, Service>) {
  const laid = Object.entries(overlay).map(([name, service]) => {
    const below = service.image === undefined ? base[name] : {};
    const environment = { ...below?.environment, ...service.environment };
    const secrets = [...(below?.secrets ?? []), ...(service.secrets ?? [])];
    return [name, { ...below, ...service, environment, secrets }] as const;
  });
  return Object.fromEntries(laid);
}

function factsOf(where: string, services: Record<string, Service>): ComposeFacts {
  const own = Object.entries(services).flatMap(([name, service]) => {
    const { environment, secrets = [] } = service;
    const program = programOf(service);
    if (!(program in programs)) return [];
    const variables = Object.entries(environment ?? {}).filter(([name]) => name !== TMPDIR);
    return variables.map(([variable, value]) => ({
      where,
      name,
      program,
      variable,
      value,
      secrets,
    }));
  });
  return {
    given: own.map(({ value, ...one }) => ({ ...one, value: byDefault(String(value)) })),
    unmounted: own
      .filter(({ value, secrets }) => !isMounted(String(value), secrets))
      .map(({ name, variable, value }) => `${where}: ${name}: ${variable} names ${value}`),
  };
}

function programOf({ image = '', command }: Service): string {
  if (command === undefined && IMAGE.test(image)) return PROGRAM;
  return Array.isArray(command) ? (command[0] ?? '') : '';
}

/** A value with the defaults of its variables. Undefined when a variable has no default. */
function byDefault(value: string): string | undefined {
  if (/\$\{\w+:\?/.test(value)) return undefined;
  return value.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
}

function isMounted(value: string, secrets: string[]): boolean {
  const [, name] = /^\/run\/secrets\/(.+)$/.exec(value) ?? [];
  return name === undefined || secrets.includes(name);
}
