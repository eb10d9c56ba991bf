import type { StreamEvent } from './sse-parser.ts';

/** What opens one connection to a stream. */
export interface StreamSource {
  /**
   * Opens the stream at a path, after an id unless it is empty. Resolves when it ends or `signal`
   * aborts it; rejects with a ParleyError when it is refused.
   */
  open(request: StreamRequest): Promise<void>;
}

export interface StreamRequest {
  path: string;
  lastId: string;
  signal: AbortSignal;
  onEvent: (event: StreamEvent) => void;
  /** Called with the pause that the server names; an EventSource does not show it. */
  onRetry: (ms: number) => void;
  /** Called when anything arrives, also a heartbeat. */
  onBytes: () => void;
}
