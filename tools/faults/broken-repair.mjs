// `npm run faults -- --broken repair` loads this module before broadcast. It switches off the
// repair of holes, so that the run has something to find. The files of broadcast stay unchanged.
import { registerHooks } from 'node:module';

const FILE = '/services/broadcast/channel/log-sync.ts';
const REPAIR = 'this.#doubtful || this.#channel.last < this.#known';

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(FILE)) return loaded;
    const source = String(loaded.source);
    if (!source.includes(REPAIR)) throw new Error(`${FILE} has changed: adapt broken-repair.mjs`);
    return { ...loaded, source: source.replace(REPAIR, 'this.#doubtful') };
  },
});
