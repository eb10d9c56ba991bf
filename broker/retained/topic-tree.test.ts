import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TopicTree } from './topic-tree.ts';

const TOPICS = [
  'a',
  'a/b',
  'a/b/c',
  'a/c',
  'a//c',
  '/a',
  'b/a',
  'b/a/c',
  '$SYS/a',
  '$SYS/a/b',
  'ä/ö',
];

function treeOf(topics: readonly string[]): TopicTree<string> {
  const tree = new TopicTree<string>();
  for (const topic of topics) tree.set(topic, topic);
  return tree;
}

const found = (tree: TopicTree<string>, filter: string) => [...tree.matching(filter)].sort();

const CASES: Record<string, string[]> = {
  a: ['a'],
  'a/b': ['a/b'],
  'a/d': [],
  'a/b/c/d': [],
  'a/+': ['a/b', 'a/c'],
  'a/+/c': ['a//c', 'a/b/c'],
  '+/a': ['/a', 'b/a'],
  '+': ['a'],
  '+/+': ['/a', 'a/b', 'a/c', 'b/a', 'ä/ö'],
  'a/#': ['a', 'a//c', 'a/b', 'a/b/c', 'a/c'],
  'b/+/#': ['b/a', 'b/a/c'],
  '/#': ['/a'],
  '#': TOPICS.filter((topic) => !topic.startsWith('$')).sort(),
  '$SYS/#': ['$SYS/a', '$SYS/a/b'],
  '$SYS/+': ['$SYS/a'],
};

for (const [filter, expected] of Object.entries(CASES))
  test(`${filter} finds the topics that it matches in MQTT`, () => {
    assert.deepEqual(found(treeOf(TOPICS), filter), [...expected].sort());
  });

test('a topic has the value that was set last', () => {
  const tree = treeOf(['a/b']);
  tree.set('a/b', 'new');
  assert.deepEqual(found(tree, '#'), ['new']);
});

test('a deleted topic is not found, the topics above and below it are', () => {
  const tree = treeOf(['a', 'a/b', 'a/b/c']);
  tree.delete('a/b');
  tree.delete('x/y');
  assert.deepEqual(found(tree, '#'), ['a', 'a/b/c']);
  tree.delete('a/b/c');
  tree.delete('a');
  assert.deepEqual(found(tree, '#'), []);
});

test('the cost of a filter does not grow with the topics that it does not match', () => {
  const tree = new TopicTree<string>();
  for (let i = 0; i < 100_000; i++) tree.set(`chat/presence/c${i}/one`, `c${i}`);
  const begun = process.cpuUsage();
  for (let i = 0; i < 1_000; i++)
    assert.deepEqual([...tree.matching(`chat/presence/c${i}/+`)], [`c${i}`]);
  const { user, system } = process.cpuUsage(begun);
  assert.ok(user + system < 1_000_000, `${user + system} us for 1,000 filters`);
});
