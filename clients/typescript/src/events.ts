// What are the events called?

/** The names of what a connection and its channels tell. */
export const events = {
  /** A channel: the server lets this client in, again after every reconnect. */
  CHANNEL_SUBSCRIBED: "subscribed",
  /** A channel: nothing comes from it any more. */
  CHANNEL_UNSUBSCRIBED: "unsubscribed",
  /** A channel: it is about to be left. */
  CHANNEL_CLOSE: "close",
  /** A channel: it has ended, and so have its handlers. */
  CHANNEL_DESTROY: "destroy",
  /** The connection: there is a socket. */
  CONNECTION_CONNECTED: "connected",
  /** The connection: its socket is lost; data is a {@link CloseInfo}. */
  CONNECTION_DISCONNECTED: "disconnected",
  /** The connection: the server knows this client. */
  CONNECTION_AUTHENTICATED: "authenticated",
  /** The connection: the transport, a token function or a message that can't be read failed; data is the error. */
  CONNECTION_ERROR: "error",
  /** The connection: the server refuses the identifier or the token; data is its answer. */
  CONNECTION_UNAUTHENTICATED: "unauthenticated",
  /** The connection: the server refuses a channel; data is the channel. */
  CHANNEL_REFUSED: "refused",
} as const;
