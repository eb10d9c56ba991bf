import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutNotes } from './cut-notes.ts';

const CHANGELOG = `# Changelog

## Unreleased

- Not yet.

## 1.2.30 (2026-11-01)

- Thirty.

## 1.2.3 (2026-10-01)

- One.

### Changed

- Two.

## 1.2.2

## 1.2.1
- The first.
`;

test('the notes of a version are the text under its heading, with or without a date in it', () => {
  assert.equal(cutNotes(CHANGELOG, '1.2.3'), '- One.\n\n### Changed\n\n- Two.');
  assert.equal(cutNotes(CHANGELOG, '1.2.30'), '- Thirty.');
  assert.equal(cutNotes(CHANGELOG, '1.2.1'), '- The first.');
});

test('a version without a section, or with an empty one, has no notes to publish', () => {
  assert.throws(() => cutNotes(CHANGELOG, '1.2'), /no section "## 1.2"/);
  assert.throws(() => cutNotes(CHANGELOG, '1.2.2'), /has an empty section for 1.2.2/);
});
