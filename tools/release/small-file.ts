import { readFileSync } from 'node:fs';
import { fillSmall } from './fill-small.ts';

/** `node tools/release/small-file.ts owner 1.2.3`: writes small.yml for the page of a release. */
const [owner = '', version = ''] = process.argv.slice(2);
if (owner === '' || version === '') throw new Error('the owner and the version are missing');
const text = readFileSync(new URL('../../infra/compose/small.yml', import.meta.url), 'utf8');
process.stdout.write(fillSmall(text, owner, version));
