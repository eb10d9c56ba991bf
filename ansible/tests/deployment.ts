import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { nameLeadsTo } from '@parley/testkit/processes/name-lookup.ts';
import { parse } from 'yaml';
import { type Host, startHosts } from './host-containers.ts';
import { type Played, runPlay } from './run-play.ts';
import { giveAccess } from './ssh-access.ts';

const run = promisify(execFile);
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The folder of the plays. */
export const ANSIBLE = fileURLToPath(new URL('..', import.meta.url));

/** The front door's host name in the inventories. */
export const NAME = 'chat.example.org';
/** The URL of the front door, after `enter`. */
export const URL_OF_HOSTS = `https://${NAME}`;

/** The inventories that users start from. */
export type Inventory = 'single' | 'several';

/**
 * Folder of a deployment's files and project name of its containers, from `run.ts`, which removes
 * both.
 */
export const { HOSTS_FOLDER: FOLDER = '', HOSTS_PROJECT: PROJECT = '' } = process.env;

/**
 * A copy of an inventory in a new folder, as a user has it, and a container for each of its hosts.
 * The caller of `open` removes the hosts of `project` and the folder.
 */
export class Deployment {
  readonly hosts: Host[];
  /** The output of all plays so far. */
  output = '';
  readonly #folder: string;

  private constructor(folder: string, hosts: Host[]) {
    this.#folder = folder;
    this.hosts = hosts;
  }

  static async open(inventory: Inventory, project = PROJECT, folder = FOLDER): Promise<Deployment> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const own = join(folder, 'inventory');
    // Leaves out a vault that a developer has in this inventory.
    const filter = (path: string) => basename(path) !== 'vault.yml';
    await cp(join(ANSIBLE, 'inventories', inventory), own, { recursive: true, filter });
    await writeFile(join(folder, 'vault-password'), randomBytes(24).toString('base64url'), {
      mode: 0o600,
    });
    const hosts = await startHosts(project, await hostNames(own));
    const deployment = new Deployment(folder, hosts);
    await giveAccess(hosts, own, folder);
    return deployment;
  }

  get inventory(): string {
    return join(this.#folder, 'inventory');
  }

  /** Environment of Ansible's programs. */
  get env(): Record<string, string> {
    return {
      ANSIBLE_CONFIG: join(ANSIBLE, 'ansible.cfg'),
      ANSIBLE_VAULT_PASSWORD_FILE: join(this.#folder, 'vault-password'),
      ANSIBLE_HOME: join(this.#folder, 'home'),
    };
  }

  /** The hosts of a group, in the inventory's order. */
  async group(name: string): Promise<Host[]> {
    const names = await hostNames(this.inventory, name, this.#environment);
    return this.hosts.filter((host) => names.includes(host.name));
  }

  host(name: string): Host {
    const host = this.hosts.find((one) => one.name === name);
    assert.ok(host, `there is a host ${name}`);
    return host;
  }

  /** The vault's variables, by name. */
  async secrets(): Promise<Record<string, string>> {
    const vault = join(this.inventory, 'group_vars/all/vault.yml');
    const { stdout } = await run('ansible-vault', ['view', vault], { env: this.#environment });
    return parse(stdout);
  }

  /** Makes `URL_OF_HOSTS` lead to the front doors of these hosts, and trusts their authority. */
  async enter(...hosts: Host[]): Promise<void> {
    const { vault_parley_ca_crt: authority = '' } = await this.secrets();
    setDefaultCACertificates([authority]);
    nameLeadsTo(
      NAME,
      hosts.map(({ address }) => address),
    );
  }

  /** Runs a play. @throws Error with its output when it fails */
  async play(name: string, ...options: string[]): Promise<Played> {
    const played = await this.tryPlay(name, ...options);
    if (played.failed) throw new Error(`${name} failed:\n${played.output}`);
    return played;
  }

  /** Runs a play, which may fail. */
  async tryPlay(name: string, ...options: string[]): Promise<Played> {
    const inventory = ['--inventory', this.inventory];
    const path = join(ANSIBLE, `${name}.yml`);
    const played = await runPlay(path, [...inventory, ...options], this.#environment);
    this.output += played.output;
    return played;
  }

  get #environment(): NodeJS.ProcessEnv {
    return { ...process.env, ...this.env, ANSIBLE_NOCOLOR: '1', LC_ALL: 'C.UTF-8' };
  }
}

async function hostNames(inventory: string, group = 'all', env = process.env): Promise<string[]> {
  const { stdout } = await run('ansible', [group, '--inventory', inventory, '--list-hosts'], {
    env,
  });
  return stdout
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((name) => name !== '');
}
