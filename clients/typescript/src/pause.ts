// May a client come back after a close, and how long does it wait?

import { CLOSES } from "./close_codes.js";

/** How a connection ended. */
export interface CloseInfo {
  /** The close code, 1006 where none came. */
  readonly code: number;
  /** The server's words. */
  readonly reason: string;
  /** Whether the client tries again by itself. */
  readonly reconnects: boolean;
}

/**
 * How many milliseconds the server asks to stay away at least; `undefined` is for ever.
 *
 * Codes are shared with proxies and with SockJS, which says 1002 where a server is down: a row
 * counts where its words came too, or where none came and nothing else has its code.
 */
export function leastPause(code: number, reason: string): number | undefined {
  const rows = CLOSES.filter(row => row[0] === code);
  const row = rows.find(row => row[1] === reason) ?? (reason || rows.length > 1 ? undefined : rows[0]);
  return row ? row[2] : 0;
}

/** Full jitter: anything from nothing to a bound that doubles with every failure. */
export function jitter(firstMs: number, mostMs: number, failures: number): number {
  return Math.random() * Math.min(mostMs, firstMs * 2 ** failures);
}
