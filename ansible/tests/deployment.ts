import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { nameLeadsTo } from '../../tests/name-lookup.ts';
import { type Host, on, startHosts } from './host-containers.ts';

const run = promisify(execFile);
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Where the plays are. */
export const ANSIBLE = fileURLToPath(new URL('..', import.meta.url));

/** What the inventories call the front door. */
const NAME = 'chat.example.org';
/** The front door of a deployment that was entered. */
export const URL_OF_HOSTS = `https://${NAME}`;

/** The inventories that users begin with. */
export type Inventory = 'single' | 'several';

/** How a play ended: what it said, and what it counted on each host. */
export interface Played {
  output: string;
  failed: boolean;
  changed: Record<string, number>;
}

/** Where `run.ts`, which clears away, wants a deployment's files, and under which name its containers. */
export const { HOSTS_FOLDER: FOLDER = '', HOSTS_PROJECT: PROJECT = '' } = process.env;

/**
 * An inventory of ours in a folder of its own, as a user has it, and a container for each of its
 * hosts. Whoever opens it removes the hosts of `project` and the folder.
 */
export class Deployment {
  readonly hosts: Host[];
  /** Everything that plays have said. */
  said = '';
  readonly #folder: string;

  private constructor(folder: string, hosts: Host[]) {
    this.#folder = folder;
    this.hosts = hosts;
  }

  static async open(inventory: Inventory, project = PROJECT, folder = FOLDER): Promise<Deployment> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const own = join(folder, 'inventory');
    await cp(join(ANSIBLE, 'inventories', inventory), own, { recursive: true });
    await writeFile(join(folder, 'vault-password'), randomBytes(24).toString('base64url'), {
      mode: 0o600,
    });
    const hosts = await startHosts(project, await hostNames(own));
    const deployment = new Deployment(folder, hosts);
    await deployment.#letIn();
    return deployment;
  }

  get inventory(): string {
    return join(this.#folder, 'inventory');
  }

  /** What Ansible's programs need to know beside their arguments. */
  get env(): Record<string, string> {
    return {
      ANSIBLE_CONFIG: join(ANSIBLE, 'ansible.cfg'),
      ANSIBLE_VAULT_PASSWORD_FILE: join(this.#folder, 'vault-password'),
      ANSIBLE_HOME: join(this.#folder, 'home'),
    };
  }

  /** The hosts of a group, in the inventory's order. */
  async group(name: string): Promise<Host[]> {
    const names = await hostNames(this.inventory, name);
    return this.hosts.filter((host) => names.includes(host.name));
  }

  host(name: string): Host {
    const host = this.hosts.find((one) => one.name === name);
    assert.ok(host, `there is a host ${name}`);
    return host;
  }

  /** The vault's variables, by their names. */
  async secrets(): Promise<Record<string, string>> {
    const vault = join(this.inventory, 'group_vars/all/vault.yml');
    const { stdout } = await run('ansible-vault', ['view', vault], { env: this.#environment });
    return parse(stdout);
  }

  /** From now on `URL_OF_HOSTS` leads to the front doors on those hosts, and their authority is trusted. */
  async enter(...hosts: Host[]): Promise<void> {
    const { vault_parley_ca_crt: authority = '' } = await this.secrets();
    setDefaultCACertificates([authority]);
    nameLeadsTo(
      NAME,
      hosts.map(({ address }) => address),
    );
  }

  /** Runs a play that has to succeed. */
  async play(name: string, ...options: string[]): Promise<Played> {
    const played = await this.tryPlay(name, ...options);
    if (played.failed) throw new Error(`${name} failed:\n${played.output}`);
    return played;
  }

  /** Runs a play, however it ends. */
  async tryPlay(name: string, ...options: string[]): Promise<Played> {
    const args = ['--inventory', this.inventory, ...options, join(ANSIBLE, `${name}.yml`)];
    const child = spawn('ansible-playbook', args, {
      cwd: ANSIBLE,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const spoken = Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = await once(child, 'exit');
    const output = (await spoken).join('');
    this.said += output;
    return { output, failed: code !== 0, changed: changedOf(output) };
  }

  get #environment(): NodeJS.ProcessEnv {
    return { ...process.env, ...this.env, ANSIBLE_NOCOLOR: '1', LC_ALL: 'C.UTF-8' };
  }

  /** Makes the key with which the hosts are reached, by SSH as an administrator who has to use sudo. */
  async #letIn(): Promise<void> {
    const key = join(this.#folder, 'ssh-key');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const allowed = (await readFile(`${key}.pub`, 'utf8')).trim();
    const known = await Promise.all(this.hosts.map((host) => this.#connect(host, key, allowed)));
    await writeFile(this.#knownHosts, known.join(''));
  }

  /** Answers with the line by which the host is known again. */
  async #connect(host: Host, key: string, allowed: string): Promise<string> {
    const folder = join(this.inventory, 'host_vars', host.name);
    await mkdir(folder, { recursive: true });
    const variables = {
      ansible_host: host.address,
      ansible_user: 'admin',
      ansible_ssh_private_key_file: key,
      ansible_ssh_common_args: `-o UserKnownHostsFile=${this.#knownHosts}`,
    };
    await writeFile(join(folder, 'container.yml'), JSON.stringify(variables));
    const file = '/home/admin/.ssh/authorized_keys';
    await on(host, 'sh', '-c', `echo "$1" >${file} && chown admin ${file}`, 'sh', allowed);
    const ofHost = await on(host, 'cat', '/etc/ssh/ssh_host_ed25519_key.pub');
    return `${host.address} ${ofHost}`;
  }

  get #knownHosts(): string {
    return join(this.#folder, 'known_hosts');
  }
}

async function hostNames(inventory: string, group = 'all'): Promise<string[]> {
  const { stdout } = await run('ansible', [group, '--inventory', inventory, '--list-hosts']);
  return stdout
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((name) => name !== '');
}

function changedOf(output: string): Record<string, number> {
  const lines = output.matchAll(/^(\S+) +: ok=\d+ +changed=(\d+) /gm);
  return Object.fromEntries([...lines].map(([, name, count]) => [name, Number(count)]));
}
