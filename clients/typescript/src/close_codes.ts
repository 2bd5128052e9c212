// Why does a server close a connection?
//
// Generated from spec/close-codes.toml by `npm run generate`; edit that file instead.

/** Code, reason, and after how many milliseconds to come back; without them, never. */
export const CLOSES: readonly (readonly [code: number, reason: string, afterMs?: number])[] = [
  /* normal */ [1000, "closed as asked"],
  /* going_away */ [1001, "server is stopping", 500],
  /* protocol_error */ [1002, "broken websocket frame"],
  /* not_utf8 */ [1007, "text is not utf-8"],
  /* bad_messages */ [1008, "too many malformed messages"],
  /* authentication_timeout */ [1008, "not authenticated in time", 5000],
  /* message_too_slow */ [1008, "message took too long to arrive", 5000],
  /* message_too_big */ [1009, "message too big", 1000],
  /* internal_error */ [1011, "internal error", 5000],
  /* slow_consumer */ [1013, "client reads too slowly", 1000],
  /* overloaded */ [1013, "server is overloaded", 10000],
  /* token_expired */ [3000, "token has run out", 500],
  /* rights_changed */ [3000, "rights have changed", 500],
  /* user_deactivated */ [3003, "user may not log in"],
];
