import { fileURLToPath } from 'node:url';
import { docker } from '../../tests/docker.ts';
import { until } from '../../tests/until.ts';

/** Of the servers that the plays are tried on. */
export const IMAGE = 'parley-test-host';
const LABEL = 'org.parley.test-hosts';
const FOLDER = fileURLToPath(new URL('.', import.meta.url));
/** What systemd needs to manage services, and close them off, in a container that is not privileged. */
const FLAGS = [
  '--cgroupns=private',
  '--cap-add=SYS_ADMIN',
  '--cap-add=SYS_PTRACE',
  '--security-opt=seccomp=unconfined',
  '--security-opt=apparmor=unconfined',
  '--tmpfs=/run',
  '--tmpfs=/run/lock',
  '--tmpfs=/tmp',
];
const START_LIMIT_MS = 60_000;

/** A server: a container with systemd and an address that it keeps when it starts anew. */
export interface Host {
  name: string;
  container: string;
  address: string;
}

/** Builds the image of a plain Debian server; a second time there is nothing to do. */
export async function buildImage(): Promise<void> {
  await docker('build', '--quiet', '--tag', IMAGE, FOLDER);
}

/**
 * Starts a server for each name, on a network of theirs alone, with nothing published; resolves when
 * they are up. `removeHosts` with the same project takes them away.
 */
export async function startHosts(project: string, names: readonly string[]): Promise<Host[]> {
  const subnet = await createNetwork(project);
  const version = (await docker('info', '--format', '{{.CgroupVersion}}')).trim();
  const flags = version === '1' ? [...FLAGS, '--tmpfs=/sys/fs/cgroup'] : FLAGS;
  const hosts = names.map((name, i) => ({
    name,
    container: `${project}-${name}`,
    address: `${subnet}.${10 + i}`,
  }));
  const start = ({ name, container, address }: Host) =>
    docker(
      ...['run', '--detach', '--name', container, '--hostname', name, '--label', label(project)],
      ...['--network', project, '--ip', address, ...flags, IMAGE],
    );
  await Promise.all(hosts.map(start));
  await Promise.all(hosts.map(isUp));
  return hosts;
}

/** Takes away every server of a project, and its network; whatever is not there is no fault. */
export async function removeHosts(project: string): Promise<void> {
  const filter = ['--quiet', '--filter', `label=${label(project)}`];
  const containers = words(await docker('ps', '--all', ...filter));
  if (containers.length > 0) await docker('rm', '--force', '--volumes', ...containers);
  const networks = words(await docker('network', 'ls', ...filter));
  if (networks.length > 0) await docker('network', 'rm', ...networks);
}

/** Starts a server anew as if its power had gone, and waits until it is up. */
export async function reboot(host: Host): Promise<void> {
  await docker('restart', '--time', '60', host.container);
  await isUp(host);
}

/** Runs a command on a server, as root. @throws with what it said when it fails */
export function on(host: Host, ...command: string[]): Promise<string> {
  return docker('exec', host.container, ...command);
}

/** What a URL is answered with on a server itself. @throws unless that is a success */
export function get(host: Host, url: string): Promise<string> {
  const script = 'import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())';
  return on(host, 'python3', '-c', script, url);
}

/** The first three numbers of a free network of 256 addresses; only a named one lets addresses be chosen. */
async function createNetwork(project: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    const subnet = `10.213.${Math.floor(Math.random() * 256)}`;
    const options = ['--subnet', `${subnet}.0/24`, '--label', label(project)];
    try {
      await docker('network', 'create', ...options, project);
      return subnet;
    } catch (error) {
      if (tries === 5 || !/overlaps/.test(String(error))) throw error;
    }
  }
}

function isUp(host: Host): Promise<void> {
  const state = () => on(host, 'sh', '-c', 'systemctl is-system-running || true');
  return until(
    `${host.name} is up`,
    async () => /^(running|degraded)$/m.test(await state()),
    START_LIMIT_MS,
  );
}

function label(project: string): string {
  return `${LABEL}=${project}`;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
