import type { StreamEvent } from './sse-parser.ts';

/** What opens one connection to a stream. */
export interface StreamSource {
  /** True when it cannot see why a stream is refused. */
  readonly hidesRefusals: boolean;
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
  onRetry: (ms: number) => void;
  /** Called when anything arrives, also a heartbeat. */
  onBytes: () => void;
}
