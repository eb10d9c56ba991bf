import { fileURLToPath } from 'node:url';
import { docker } from '@parley/testkit/processes/docker.ts';
import { until } from '@parley/testkit/until.ts';

/** Image of the servers on which the plays are tested. */
export const IMAGE = 'parley-test-host';
const LABEL = 'org.parley.test-hosts';
const FOLDER = fileURLToPath(new URL('.', import.meta.url));
/** Flags with which systemd can run and sandbox services in a container that is not privileged. */
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

/** A server: a container with systemd. It keeps its address after a restart. */
export interface Host {
  name: string;
  container: string;
  address: string;
}

/** Builds the image of a plain Debian server. A repeated call does nothing. */
export async function buildImage(): Promise<void> {
  await docker('build', '--quiet', '--tag', IMAGE, FOLDER);
}

/**
 * Starts a server for each name, on a network of their own, without published ports. Resolves when
 * they are up. `removeHosts` with the same project removes them.
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
      'run',
      '--detach',
      '--name',
      container,
      '--hostname',
      name,
      '--label',
      label(project),
      '--network',
      project,
      '--ip',
      address,
      ...flags,
      IMAGE,
    );
  await Promise.all(hosts.map(start));
  await Promise.all(hosts.map(isUp));
  return hosts;
}

/**
 * Starts Caddy as a certificate authority under the name of Let's Encrypt, which reaches `host` by
 * `name`. The server trusts it. Resolves with its certificate; `removeHosts` removes it.
 */
export async function startAuthority(project: string, host: Host, name: string): Promise<string> {
  const container = `${project}-authority`;
  const config = fileURLToPath(
    new URL('../../infra/compose/tests/beside/authority.caddyfile', import.meta.url),
  );
  await docker(
    ...['run', '--detach', '--name', container, '--label', label(project), '--network', project],
    ...['--network-alias', 'acme-v02.api.letsencrypt.org', '--add-host', `${name}:${host.address}`],
    ...['--volume', `${config}:/etc/authority.caddyfile:ro`, 'caddy:2'],
    ...['caddy', 'run', '--config', '/etc/authority.caddyfile', '--adapter', 'caddyfile'],
  );
  const root = '/data/caddy/pki/authorities/local/root.crt';
  let certificate = '';
  await until('the authority has its certificate', async () => {
    certificate = await docker('exec', container, 'cat', root).catch(() => '');
    return certificate !== '';
  });
  const trust = 'echo "$0" >/usr/local/share/ca-certificates/authority.crt; update-ca-certificates';
  await on(host, 'sh', '-c', trust, certificate);
  return certificate;
}

/** Removes every server of a project, and its network. Does nothing if there are none. */
export async function removeHosts(project: string): Promise<void> {
  const filter = ['--quiet', '--filter', `label=${label(project)}`];
  const containers = idsIn(await docker('ps', '--all', ...filter));
  if (containers.length > 0) await docker('rm', '--force', '--volumes', ...containers);
  const networks = idsIn(await docker('network', 'ls', ...filter));
  if (networks.length > 0) await docker('network', 'rm', ...networks);
}

/** Restarts a server as after a power cut, and waits until it is up. */
export async function reboot(host: Host): Promise<void> {
  await docker('restart', '--time', '60', host.container);
  await isUp(host);
}

/** Runs a command on a server, as root. @throws with its output when it fails */
export function on(host: Host, ...command: string[]): Promise<string> {
  return docker('exec', host.container, ...command);
}

/** The body of a URL, requested on the server itself. @throws unless the status is a success */
export function get(host: Host, url: string): Promise<string> {
  const script = 'import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())';
  return on(host, 'python3', '-c', script, url);
}

/**
 * Creates a network of 256 addresses. Returns their first three numbers. Docker allows chosen
 * addresses only on a network with a subnet.
 */
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

function idsIn(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
