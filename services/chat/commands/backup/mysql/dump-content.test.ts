import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { DumpContent } from './dump-content.ts';

const DUMP = `CREATE TABLE \`account\` (
  \`id\` char(36) COLLATE utf8mb4_bin NOT NULL,
  \`text\` mediumtext COLLATE utf8mb4_bin
) ENGINE=InnoDB;
INSERT INTO \`account\` VALUES ('é','  \`a\` text CHARACTER SET utf8mb4 COLLATE x');
`;
/** What MySQL 9.7 writes for the same table after a restore. */
const RESTORED = DUMP.replaceAll(' COLLATE utf8mb4', ' CHARACTER SET utf8mb4 COLLATE utf8mb4');

function contentOf(dump: string, chunk = dump.length): string {
  const content = new DumpContent();
  const bytes = Buffer.from(dump);
  for (let at = 0; at < bytes.length; at += chunk) content.add(bytes.subarray(at, at + chunk));
  return content.digest();
}

test('a dump of a restored database has the same content, in chunks of any length', () => {
  assert.notEqual(DUMP, RESTORED);
  const content = contentOf(DUMP);
  for (const chunk of [1, 7, 1_000]) assert.equal(contentOf(RESTORED, chunk), content);
});

test('another text, another column and a missing line are another content', () => {
  const others = [
    DUMP.replace('é', 'e'),
    DUMP.replace('char(36)', 'char(37)'),
    DUMP.replace('text CHARACTER SET utf8mb4', 'text'),
    DUMP.split('\n').slice(1).join('\n'),
    DUMP.slice(0, -2),
  ];
  for (const other of others) assert.notEqual(contentOf(other), contentOf(DUMP));
});

test('a dump that is read through it is unchanged', async () => {
  const content = new DumpContent();
  const read = await buffer(content.through(Readable.from([Buffer.from(DUMP)])));
  assert.equal(String(read), DUMP);
  assert.equal(content.digest(), contentOf(DUMP));
});
