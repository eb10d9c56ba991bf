import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Host, on } from './host-containers.ts';

const run = promisify(execFile);
const ALLOWED = '/home/admin/.ssh/authorized_keys';

/**
 * Lets Ansible in to the hosts as a user has it: by SSH with a key, as an administrator who has to
 * use sudo, and the hosts are known by theirs. The key is kept in `folder`; the inventory says all of it.
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

/** Answers with the line by which the host is known again. */
async function allow(host: Host, key: string): Promise<string> {
  await on(host, 'sh', '-c', `echo "$1" >${ALLOWED} && chown admin ${ALLOWED}`, 'sh', key);
  return `${host.address} ${await on(host, 'cat', '/etc/ssh/ssh_host_ed25519_key.pub')}`;
}
