import { openStream } from '../stream.ts';
import { type Check, ok, wrong } from '../verdict.ts';

/** Checks that a stream is not compressed for a browser that accepts compression. */
export const compression: Check = {
  name: 'compression',
  async run(visit) {
    const headers = { 'Accept-Encoding': 'gzip, deflate, br, zstd' };
    using stream = await openStream(visit, { headers });
    const encoding = stream.headers['content-encoding'];
    if (encoding === undefined) return ok('streams are not compressed');
    return wrong(`streams are compressed (${encoding})`, {
      why: 'the compressor delays events until it has more data, and costs CPU for each reader',
      mend: 'nginx, in the location of /broadcast/: gzip off;  (and no text/event-stream in gzip_types)',
    });
  },
};
