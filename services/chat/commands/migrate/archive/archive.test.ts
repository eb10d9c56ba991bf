import assert from 'node:assert/strict';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { makeZip, type ZippedFile } from '@parley/testkit/zip.ts';
import { openArchive } from './open-archive.ts';
import { readElements, readJsonLines } from './read-elements.ts';

/** Reads all files of an archive. */
async function contents(path: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const file of (await openArchive(path)).files()) {
    found[file.path] = Buffer.concat(await Array.fromAsync(file.read())).toString();
  }
  return found;
}

const MEGABYTE = Buffer.alloc(1_048_576);
const many = (megabytes: number): ZippedFile => ({
  path: `${megabytes}.json`,
  content: Buffer.concat(Array.from({ length: megabytes }, () => MEGABYTE)),
});

const HOSTILE: [what: string, zip: () => Buffer, fault: RegExp][] = [
  [
    'a name that leads out of the zip',
    () => makeZip([{ path: '../../etc/passwd', content: 'x' }]),
    /x\.zip: the zip cannot be read \(invalid relative path: /,
  ],
  [
    'an absolute name',
    () => makeZip([{ path: '/etc/passwd', content: 'x' }]),
    /x\.zip: the zip cannot be read \(absolute path: /,
  ],
  [
    'a file that is larger than it claims',
    () => makeZip([{ path: 'a.json', content: MEGABYTE, claimed: 10 }]),
    /x\.zip: a\.json: the zip cannot be read \(too many bytes in the stream/,
  ],
  [
    'a zip bomb',
    () => makeZip([many(70), many(71)]),
    /x\.zip: its files are more than 100 times as large as the zip; it is refused as a zip bomb/,
  ],
  [
    'an encrypted file',
    () => {
      const zip = makeZip([{ path: 'a.json', content: 'x' }]);
      for (const at of [6, zip.indexOf('PK\x01\x02') + 8]) zip[at] = 1;
      return zip;
    },
    /x\.zip: a\.json is encrypted/,
  ],
  [
    'the first half of a zip',
    () => makeZip([many(1)]).subarray(0, 500),
    /x\.zip: the zip cannot be read/,
  ],
  [
    'a damaged file',
    () => {
      const zip = makeZip([many(1)]);
      return Buffer.concat([zip.subarray(0, 60), Buffer.alloc(20, 0xff), zip.subarray(80)]);
    },
    /x\.zip: 1\.json: the zip cannot be read/,
  ],
];

for (const [what, zip, message] of HOSTILE) {
  test(`${what} is refused`, async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x.zip');
    await writeFile(path, zip());
    await assert.rejects(contents(path), { name: 'PlainError', message });
  });
}

test('links in a folder are not followed', async () => {
  await using folder = await temporaryFolder();
  await symlink('/etc/passwd', join(folder.path, 'channels.json'));
  await symlink('/etc', join(folder.path, 'general'));
  await writeFile(join(folder.path, 'users.json'), '[]');
  assert.deepEqual(await contents(folder.path), { 'users.json': '[]' });
});

test('a path that does not exist is named', async () => {
  await assert.rejects(openArchive('/none/x.zip'), {
    name: 'PlainError',
    message: '/none/x.zip: it cannot be read (ENOENT)',
  });
});

/** The text in chunks of each size, so that a chunk ends at every place. */
async function* inChunks(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

const LISTS = [
  [],
  [1],
  ['[', ']', '{"', '\\', '\\"', 'ä😀,', ''],
  [{ a: [1, { b: ',]' }] }, [[]], null, 'x'],
];

test('a list is read element by element, in chunks of any size', async () => {
  for (const list of LISTS) {
    for (const text of [JSON.stringify(list), `\ufeff ${JSON.stringify(list, null, 2)}\n`]) {
      for (const size of [1, 2, 3, 7, 1000]) {
        const elements = await Array.fromAsync(readElements(inChunks(text, size), 'x.json'));
        assert.deepEqual(elements, list, `${text} in chunks of ${size}`);
      }
    }
  }
});

test('what is not a list in JSON is refused', async () => {
  const read = (text: string) => Array.fromAsync(readElements(inChunks(text, 5), 'x.json'));
  for (const text of ['', '{}', '[1, 2', '[1] 2', '["a', 'x']) {
    await assert.rejects(read(text), { name: 'PlainError', message: /^x\.json: it is not a list/ });
  }
  await assert.rejects(read('[1, x]'), { message: 'x.json: it is not JSON: x' });
  await assert.rejects(read('[,1]'), { message: 'x.json: it is not JSON: ' });
});

test('an entry of more than 16 MB is refused before it is in memory', async () => {
  let chunks = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    yield Buffer.from('["');
    for (; ; chunks++) yield MEGABYTE;
  }
  const message = 'x: one of its entries has more than 16 MB; it is refused';
  for (const read of [readElements, readJsonLines]) {
    chunks = 0;
    await assert.rejects(Array.fromAsync<unknown>(read(endless(), 'x')), {
      name: 'PlainError',
      message,
    });
    assert.ok(chunks <= 16);
  }
});

test('lines are read with their numbers, in chunks of any size', async () => {
  for (const size of [1, 2, 5, 1000]) {
    const lines = await Array.fromAsync(readJsonLines(inChunks('{"a":1}\r\n\n"ä"', size), 'x'));
    assert.deepEqual(lines, [
      [{ a: 1 }, 1],
      ['ä', 3],
    ]);
  }
});
