import { openStream } from '../stream.ts';
import { type Check, ok, wrong } from '../verdict.ts';

/** Whether a stream comes as it is when a browser says that it could unpack. */
export const compression: Check = {
  name: 'compression',
  async run(visit) {
    const headers = { 'Accept-Encoding': 'gzip, deflate, br, zstd' };
    using stream = await openStream(visit, { headers });
    const encoding = stream.headers['content-encoding'];
    if (encoding === undefined) return ok('streams are not compressed');
    return wrong(`streams are compressed (${encoding})`, {
      why: 'the compressor waits for more before it lets an event go, and costs CPU for each reader',
      mend: 'nginx, where /broadcast/ is: gzip off;  (and no text/event-stream in gzip_types)',
    });
  },
};
