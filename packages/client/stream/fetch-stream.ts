import { noAnswer } from '../error.ts';
import type { Http } from '../http.ts';
import type { StreamRequest, StreamSource } from './source.ts';
import { SseParser } from './sse-parser.ts';

/** Streams by `fetch`, which sends the token as a header and sees why a stream is refused. */
export function fetchStream(http: Http): StreamSource {
  return {
    async open({ path, lastId, signal, onEvent, onRetry, onBytes }: StreamRequest) {
      const headers = {
        Accept: 'text/event-stream',
        ...(lastId !== '' && { 'Last-Event-ID': lastId }),
      };
      const answer = await http.send(path, { headers, signal, cache: 'no-store' });
      const reader = answer.body?.getReader();
      if (!reader) throw noAnswer(new Error('this fetch cannot stream'));
      const decoder = new TextDecoder();
      const parser = new SseParser(onEvent, onRetry);
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return;
          onBytes();
          parser.push(decoder.decode(value, { stream: true }));
        }
      } catch (cause) {
        if (!signal.aborted) throw noAnswer(cause);
      }
    },
  };
}
