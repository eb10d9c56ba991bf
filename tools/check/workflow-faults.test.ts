import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allWorkflowFaults, workflowFaults } from './workflow-faults.ts';

const COMMIT = 'de0fac2e4500dabe0009e67214ff5f5447ce83dd';

const workflow = (step: string, permissions = 'permissions: {}') => `on: push
${permissions}
jobs:
  one:
    runs-on: ubuntu-24.04
    steps:
      - ${step}
`;

const faults = (step: string, permissions?: string) =>
  workflowFaults('.github/workflows/a.yml', workflow(step, permissions));

test('an action pinned by its commit, with its version, is accepted', async () => {
  assert.deepEqual(await faults(`uses: actions/checkout@${COMMIT} # v6.0.2`), []);
});

test('a tag, a short commit, and a commit without its version are not pins', async () => {
  for (const ref of ['v6', COMMIT.slice(0, 12), COMMIT, `${COMMIT} # v6`]) {
    const [fault, ...others] = await faults(`uses: actions/checkout@${ref}`);
    assert.match(fault ?? '', /is not pinned/, ref);
    assert.deepEqual(others, []);
  }
});

test('faults from actionlint are reported', async () => {
  const [fault] = await faults(`run: echo \${{ matrix.nothing }}`);
  assert.match(
    fault ?? '',
    /^\.github\/workflows\/a\.yml:7:\d+: property "nothing" is not defined/,
  );
});

test('open permissions are a fault', async () => {
  const [fault] = await faults('run: echo', 'permissions: write-all');
  assert.match(fault ?? '', /has no "permissions: \{\}"/);
});

test('the workflows of this repo have no faults', async () => {
  assert.deepEqual(await allWorkflowFaults(), []);
});
