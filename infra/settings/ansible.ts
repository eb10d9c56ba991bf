import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { type Given, portOf } from './given.ts';
import { parts, programs } from './programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TEMPLATES = 'ansible/roles/*/templates/*.env.j2';
const INVENTORIES = 'ansible/inventories/*/group_vars/all/main.yml';
const VARIABLES = 'ansible/roles/*/vars/main.yml';
const LINE = /^([A-Z][A-Z0-9_]*)=(.*)$/gm;

/** The variables in Ansible's templates of settings, and in the maps of settings of its inventories. */
export function ansibleGiven(root = ROOT): Given[] {
  return [
    ...filesIn(root, TEMPLATES).flatMap(({ path, text }) =>
      [...text.matchAll(LINE)].map(([, variable = '', value]) => ({
        where: path,
        program: partsProgram(basename(path, '.env.j2')),
        variable,
        value: isTemplate(value) ? undefined : value,
      })),
    ),
    ...filesIn(root, INVENTORIES).flatMap(({ path, text }) => inventoryGiven(path, parse(text))),
  ];
}

/**
 * Further faults, one line each: a service whose port is not the one that nginx and others use, and
 * a secret's file that systemd does not give to the service.
 */
export function ansibleFaults(root = ROOT): string[] {
  const files = filesIn(root, VARIABLES).map(({ text }) => parse(text));
  const { part_port: ports = '', part_secrets_of: secrets } = Object.assign({}, ...files);
  const strayed = [...String(ports).matchAll(/'(\w+)': (\d+)/g)].flatMap(([, part = '', port]) => {
    const known = portOf(partsProgram(part), []);
    const isKnown = port === known;
    return isKnown ? [] : [`ansible: ${part} has port ${port}, but others use ${known}`];
  });
  return [...strayed, ...(secrets ? unshown(root, secrets) : [])];
}

function unshown(root: string, secrets: Record<string, object>): string[] {
  return filesIn(root, TEMPLATES).flatMap(({ path, text }) => {
    const part = basename(path, '.env.j2');
    return [...text.matchAll(LINE)].flatMap(([, variable, value = '']) => {
      const [, file] = /^\{\{ part_credentials \}\}\/(.+)$/.exec(value) ?? [];
      const isShown = file === undefined || file in (secrets[part] ?? {});
      return isShown ? [] : [`${path}: ${variable} names ${file}, which ${part} does not get`];
    });
  });
}

/** The settings that an inventory gives to single services. */
function inventoryGiven(where: string, inventory: Record<string, unknown>): Given[] {
  return Object.keys(parts).flatMap((part) => {
    const settings = inventory[`parley_${part}_settings`] ?? {};
    return Object.entries(settings).map(([variable, value]) => ({
      where,
      program: partsProgram(part),
      variable,
      value: isTemplate(String(value)) ? undefined : String(value),
    }));
  });
}

function partsProgram(part: string): string {
  const program = parts[part] ?? `services/${part}/main.ts`;
  if (program in programs) return program;
  throw new Error(`${part}.env.j2 belongs to no service`);
}

function isTemplate(value: string | undefined): boolean {
  return value?.includes('{{') ?? true;
}

function filesIn(root: string, pattern: string): { path: string; text: string }[] {
  return globSync(pattern, { cwd: root })
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}
