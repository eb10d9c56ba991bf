import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Block, Inline } from './formatted-text.ts';
import { parseText } from './parse-text.ts';

/** A text's parts in a short form: `<b>`, `<i>`, `<c>`, and `<a href text>` with its address. */
function short(text: string): string {
  return parseText(text).map(shortBlock).join('|');
}

function shortBlock(block: Block): string {
  if (block.kind === 'code') return `<pre ${block.text}>`;
  if (block.kind === 'lines') return block.content.map(shortInline).join('');
  const items = block.items.map(
    ({ number, content }) => `<li${number ?? ''} ${content.map(shortInline).join('')}>`,
  );
  return `<${block.ordered ? 'ol' : 'ul'} ${items.join('')}>`;
}

function shortInline(part: Inline): string {
  if (typeof part === 'string') return part;
  if (part.kind === 'code') return `<c ${part.text}>`;
  if (part.kind === 'link') {
    const { href, text, address } = part;
    return `<a ${href}${href === text ? '' : ` ${text}`}${address ? ` (${address})` : ''}>`;
  }
  return `<${part.kind === 'strong' ? 'b' : 'i'} ${part.content.map(shortInline).join('')}>`;
}

const CASES: [text: string, parts: string][] = [
  ['plain', 'plain'],
  ['two\nlines\n\nand more', 'two\nlines\n\nand more'],
  ['**bold** and *italic*', '<b bold> and <i italic>'],
  ['***both***', '<b <i both>>'],
  ['**a *b* c**', '<b a <i b> c>'],
  ['*a **b** c*', '<i a <b b> c>'],
  ['这是**粗体**文字', '这是<b 粗体>文字'],
  ['2*3*4 = 24, 5 * 3 * 2, *.ts, *.js', '2*3*4 = 24, 5 * 3 * 2, *.ts, *.js'],
  ['**a **b**', '**a <b b>'],
  ['**a *b** c', '<b a *b> c'],
  ['*a **b* c', '<i a **b> c'],
  ['** not bold **, ****, **', '** not bold **, ****, **'],
  ['*open\nnext*', '*open\nnext*'],
  ['`a*b*` and ``, `open', '<c a*b*> and ``, `open'],
  ['``two`', '``two`'],
  ['```one line```', '<c one line>'],
  ['- one\n* **two**\nafter', '<ul <li one><li <b two>>>|after'],
  ['before\n\n1. one\n3) three\n\nafter', 'before\n|<ol <li1 one><li3 three>>|after'],
  ['-no\n- \n1.no\n12345. no', '-no\n- \n1.no\n12345. no'],
  ['```ts\nlet **x**;\n\n- y\n```\nz', '<pre let **x**;\n\n- y>|z'],
  ['```\nnever closed', '```\nnever closed'],
];

for (const [text, parts] of CASES) {
  test(`formats ${JSON.stringify(text)}`, () => assert.equal(short(text), parts));
}

const LINKS: [text: string, parts: string][] = [
  ['see https://example.org/a.', 'see <a https://example.org/a>.'],
  ['(https://example.org/a_(b))', '(<a https://example.org/a_(b)>)'],
  ['https://example.org/?a=[1]!?', '<a https://example.org/?a=[1]>!?'],
  ['"https://example.org/a", x', '"<a https://example.org/a>", x'],
  ['<https://example.org/a>', '<<a https://example.org/a>>'],
  ['**https://example.org/a**', '<b <a https://example.org/a>>'],
  ['https://example.org/*a*b', '<a https://example.org/*a*b>'],
  ['HTTPS://EXAMPLE.org', '<a https://example.org/ HTTPS://EXAMPLE.org>'],
  ['http://localhost:8080/x', '<a http://localhost:8080/x>'],
  ['xhttps://example.org https:// http://', 'xhttps://example.org https:// http://'],
  [
    'javascript:alert(1) data:text/html,x ftp://a.b',
    'javascript:alert(1) data:text/html,x ftp://a.b',
  ],
  ['https://bank.example@evil.example/', 'https://bank.example@evil.example/'],
  ['https://u:p@evil.example/', 'https://u:p@evil.example/'],
  [
    'https://bücher.example/x',
    '<a https://xn--bcher-kva.example/x https://bücher.example/x (xn--bcher-kva.example)>',
  ],
  ['https://аррlе.com', '<a https://xn--l-7sbq6ba.com/ https://аррlе.com (xn--l-7sbq6ba.com)>'],
  ['http://0x7f.1/', '<a http://127.0.0.1/ http://0x7f.1/ (127.0.0.1)>'],
  [
    'https://a.example\\@evil.example',
    '<a https://a.example/@evil.example https://a.example\\@evil.example>',
  ],
  ['https://a.example/\u202Egnp.exe', '<a https://a.example/>\u202Egnp.exe'],
];

for (const [text, parts] of LINKS) {
  test(`links ${JSON.stringify(text)}`, () => assert.equal(short(text), parts));
}

/** Texts with which a careless parser needs the square of their length. */
const HOSTILE = [
  '*',
  '**a ',
  '*a **b ',
  '***a',
  '`',
  '`a``b```c',
  'http://',
  'https://a.b ',
  '(((',
  'https://a.b/)',
  '- ',
  '- a\n',
  '1. **a\n',
  '```\n',
  '```\n```x\n',
  '\n',
  '[](',
  'h',
  '\u0301',
];

for (const part of HOSTILE) {
  test(`a long text of ${JSON.stringify(part)} takes no long time`, () => {
    for (const [before, after] of [
      ['', ''],
      ['https://a.b/', ')'],
      ['`', ''],
      ['*', ' *'],
    ] as const) {
      const text = before + part.repeat(200_000 / part.length) + after;
      const began = performance.now();
      parseText(text);
      assert.ok(performance.now() - began < 2000);
    }
  });
}

test('every character of a text is shown, but for the markers', () => {
  const text = 'a **b** `c` https://d.example/e. *f';
  const shown = parseText(text).flatMap((block) => (block.kind === 'lines' ? block.content : []));
  const flat = (part: Inline): string => {
    if (typeof part === 'string') return part;
    return 'text' in part ? part.text : part.content.map(flat).join('');
  };
  assert.equal(shown.map(flat).join(''), 'a b c https://d.example/e. *f');
});
