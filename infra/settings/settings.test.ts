import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { parse } from 'yaml';
import { ofKind, workloadsOf } from '../k8s/check/kinds.ts';
import { withoutKubectl } from '../k8s/check/kubectl.ts';
import { type Rendered, renderAll } from '../k8s/check/render.ts';
import { ansibleFaults, ansibleGiven } from './ansible.ts';
import { composeFacts } from './compose.ts';
import { givenFaults, portOf } from './given.ts';
import { kubernetesGiven, kubernetesPortFaults } from './kubernetes.ts';
import { parts } from './programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const skip = withoutKubectl() ?? false;
let rendered: Rendered[] = [];

before(async () => {
  if (!skip) rendered = await renderAll();
});

test('compose gives each service only settings that exist, with valid values', () => {
  const { given, unmounted } = composeFacts();
  assert.ok(given.length > 60);
  assert.deepEqual(givenFaults(given), []);
  assert.deepEqual(unmounted, []);
});

test('Ansible gives each service only settings that exist, the port that others use and its secrets', () => {
  assert.deepEqual(givenFaults(ansibleGiven()), []);
  assert.deepEqual(ansibleFaults(), []);
});

test('Kubernetes gives each service only settings that exist, with valid values', { skip }, () => {
  const given = rendered.flatMap(kubernetesGiven);
  assert.ok(given.length > 500);
  assert.deepEqual(givenFaults(given), []);
});

test('a container opens the ports on which its service listens', { skip }, () => {
  assert.deepEqual(rendered.flatMap(kubernetesPortFaults), []);
});

test('nginx uses the ports on which the services listen', () => {
  const { given } = composeFacts();
  const files = globSync('infra/nginx/*/upstreams.conf', { cwd: ROOT });
  assert.equal(files.length, 2);
  for (const file of files) {
    const ports = [...read(file).matchAll(/\b(\w+):(\d+)/g)].map(([, part, port]) => [part, port]);
    const listened = Object.entries(parts).map(([part, program]) => [part, portOf(program, given)]);
    assert.deepEqual(ports.sort(), listened.sort(), file);
  }
});

test('probes and scrapes use paths of openapi.yaml', { skip }, () => {
  const { paths } = parse(read('packages/contract/openapi.yaml'));
  const probed = rendered.flatMap(({ manifests }) => [
    ...workloadsOf(manifests).flatMap(({ container }) =>
      [container.startupProbe, container.livenessProbe, container.readinessProbe].map(
        (probe) => probe?.httpGet?.path,
      ),
    ),
    ...ofKind(manifests, 'ServiceMonitor').flatMap(({ spec }) =>
      (spec.endpoints ?? []).map(({ path }) => path),
    ),
  ]);
  const [, composed] = /127\.0\.0\.1:\$\{PORT\}(\/\w+)/.exec(read('infra/image/healthy.ts')) ?? [];
  const asked = new Set([...probed, composed]);
  assert.deepEqual([...asked].sort(), ['/healthz', '/metrics', '/readyz']);
  for (const path of asked) assert.ok(String(path) in paths, String(path));
});

test('an unknown variable in the compose file is found', () => {
  const misspelt = (path: string) => read(path).replace('TIMEZONE:', 'TIME_ZONE:');
  const [fault, ...others] = givenFaults(composeFacts(misspelt).given);
  assert.equal(fault, 'docker-compose.yml: services/chat/main.ts has no setting TIME_ZONE');
  assert.deepEqual(others, []);
});

test('an unknown variable of a service without a command is found', () => {
  const misspelt = (path: string) => read(path).replace('PUBLIC_URL:', 'PUBLIC_ULR:');
  const faults = givenFaults(composeFacts(misspelt).given);
  const where = 'infra/compose/small.yml';
  assert.ok(faults.includes(`${where}: services/standalone/main.ts has no setting PUBLIC_ULR`));
});

test('an unknown variable of a pod or a ConfigMap is found', { skip }, () => {
  const [production] = rendered.filter(({ name }) => name === 'production');
  const text = JSON.stringify(production);
  for (const [name, misspelt] of [
    ['CHAT_URL', 'CHAT_ULR'],
    ['STREAMS_PER_ADDRESS', 'STREAMS_PER_ADRESS'],
  ] as const) {
    const faults = givenFaults(kubernetesGiven(JSON.parse(text.replace(name, misspelt))));
    assert.deepEqual(faults, [`production: services/broadcast/main.ts has no setting ${misspelt}`]);
  }
});

test('an unknown variable, a wrong port and a missing secret in Ansible are found', async () => {
  await using folder = await temporaryFolder();
  const write = async (path: string, text: string) => {
    await mkdir(join(folder.path, dirname(path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  };
  const template = 'ansible/roles/parley/templates/chat.env.j2';
  const inventory = 'ansible/inventories/single/group_vars/all/main.yml';
  await write(
    template,
    'PORT={{ port }}\nSTORE_URL_FLIE=/x\nAUTH=perhaps\nTOKEN_KEY_FILE={{ part_credentials }}/key\n',
  );
  await write(inventory, 'parley_chat_settings: { TIMEZONE: Mars, TIME_ZONE: UTC }\n');
  await write(
    'ansible/roles/part/vars/main.yml',
    `part_port: "{{ {'chat': 8082}[part_name] }}"\npart_secrets_of: { chat: { token.key: x } }\n`,
  );
  assert.deepEqual(givenFaults(ansibleGiven(folder.path)), [
    `${template}: services/chat/main.ts has no setting STORE_URL_FLIE`,
    `${template}: AUTH: must be one of the possible values: ["open","required"]: value was "perhaps"`,
    `${inventory}: TIMEZONE: must be an IANA time zone such as UTC or Europe/Berlin: value was "Mars"`,
    `${inventory}: services/chat/main.ts has no setting TIME_ZONE`,
  ]);
  assert.deepEqual(ansibleFaults(folder.path), [
    'ansible: chat has port 8082, but others use 8081',
    `${template}: TOKEN_KEY_FILE names key, which chat does not get`,
  ]);
});

test('a URL with a port on which the service does not listen is found', () => {
  const elsewhere = (path: string) => read(path).replace('http://chat:8081', 'http://chat:8082');
  const [fault] = givenFaults(composeFacts(elsewhere).given);
  assert.match(fault ?? '', /CHAT_URL leads to 8082, but chat listens on 8081/);
});
