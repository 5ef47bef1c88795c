import { messageOf, type SendResult } from './outcome.js';

/** Where a server listens: a port of a host, or a Unix stream socket by its path. */
export interface Endpoint {
  readonly protocol: 'udp' | 'tcp';
  readonly host: string;
  readonly port: number;
  readonly path?: string | undefined;
}

/**
 * What carries bytes to one endpoint, by a protocol without a reply: `sent` is the best that can be known. One call at a
 * time.
 */
export interface SocketTransport {
  /** Sends bytes once. Never rejects. */
  send(body: Uint8Array, signal: AbortSignal): Promise<SendResult>;
  /** Ends what the sends of a pass have in common, and says whether all of them can have arrived. Never rejects. */
  finish?(signal: AbortSignal): Promise<SendResult>;
  /** Lets go of the socket. Later sends open another. */
  close(): void;
}

/** Where an endpoint is, for people: `udp://127.0.0.1:8125`. */
export function targetOf({ protocol, host, port, path }: Endpoint): string {
  if (path !== undefined) return `unix:${path}`;
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** What an error of the operating system says of bytes that may have been written before it came, or not. */
export function failed(error: unknown, written: boolean): SendResult {
  const { code = 'error' } = error as { code?: string };
  return { outcome: written ? 'unknown' : 'failed', code, message: messageOf(error as Error) };
}

/** A send that took longer than it may. */
export function late(what: string, written: boolean): SendResult {
  return { outcome: written ? 'unknown' : 'failed', code: 'timeout', message: what };
}
