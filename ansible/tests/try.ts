import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deployment, type Inventory } from './deployment.ts';
import { buildImage, removeHosts } from './host-containers.ts';

/**
 * `node ansible/tests/try.ts single|several` starts new containers for an inventory, to try plays
 * by hand, and prints the commands. `node ansible/tests/try.ts single down` removes them. With
 * HOSTS_PROJECT the containers have another name, so that several people can use it on one machine.
 */
const [inventory = 'single', word = 'up'] = process.argv.slice(2);
const project = process.env.HOSTS_PROJECT || `parley-try-${inventory}`;
const folder = join(tmpdir(), project);

await removeHosts(project);
rmSync(folder, { recursive: true, force: true });
if (word !== 'down') await up();

async function up(): Promise<void> {
  await buildImage();
  const deployment = await Deployment.open(inventory as Inventory, project, folder);
  const exports = Object.entries(deployment.env).map(([name, value]) => `export ${name}=${value}`);
  const hosts = deployment.hosts.map(
    ({ name, container, address }) => `# ${name}: ${address}, docker exec -it ${container} bash`,
  );
  const plays = ['make-secrets', 'site'].map(
    (name) => `ansible-playbook -i ${deployment.inventory} ansible/${name}.yml`,
  );
  process.stdout.write(`${[...hosts, ...exports, ...plays].join('\n')}\n`);
}
