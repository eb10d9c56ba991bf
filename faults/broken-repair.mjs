// Loaded before broadcast by `npm run faults -- --broken repair`: switches the repair of holes off,
// so that the run has something to find. The product's files stay as they are.
import { registerHooks } from 'node:module';

const FILE = '/services/broadcast/log-follower.ts';
const REPAIR = 'this.#doubtful || this.#follower.last < this.#known';

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(FILE)) return loaded;
    const source = String(loaded.source);
    if (!source.includes(REPAIR)) throw new Error(`${FILE} has changed: mend broken-repair.mjs`);
    return { ...loaded, source: source.replace(REPAIR, 'this.#doubtful') };
  },
});
