import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Host, on } from './host-containers.ts';

const run = promisify(execFile);
const ALLOWED = '/home/admin/.ssh/authorized_keys';

/**
 * Gives Ansible access to the hosts as users have it: by SSH with a key, as an administrator who
 * must use sudo, with the hosts' keys in known_hosts. Keeps the key in `folder`, and writes the
 * variables for the access to the inventory.
 */
export async function giveAccess(hosts: Host[], inventory: string, folder: string): Promise<void> {
  const key = join(folder, 'ssh-key');
  const knownHosts = join(folder, 'known_hosts');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const allowed = (await readFile(`${key}.pub`, 'utf8')).trim();
  const known = await Promise.all(hosts.map((host) => allow(host, allowed)));
  await writeFile(knownHosts, known.join(''));
  for (const { name, address } of hosts) {
    const ofHost = join(inventory, 'host_vars', name);
    await mkdir(ofHost, { recursive: true });
    const variables = {
      ansible_host: address,
      ansible_user: 'admin',
      ansible_ssh_private_key_file: key,
      ansible_ssh_common_args: `-o UserKnownHostsFile=${knownHosts}`,
    };
    await writeFile(join(ofHost, 'container.yml'), JSON.stringify(variables));
  }
}

/** Allows the key on a host. Returns the host's line for known_hosts. */
async function allow(host: Host, key: string): Promise<string> {
  await on(host, 'sh', '-c', `echo "$1" >${ALLOWED} && chown admin ${ALLOWED}`, 'sh', key);
  return `${host.address} ${await on(host, 'cat', '/etc/ssh/ssh_host_ed25519_key.pub')}`;
}
