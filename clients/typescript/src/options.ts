// What can be set, and to what is it set?

/** A token, or nothing for a client that does not log in. */
export type Token = string | null | undefined;

/** What {@link Omnibus} can be told beside its transport and URL. */
export interface OmnibusOptions {
  /**
   * Proves who the user is: `user:token`, as the server's backend prints it.
   *
   * A function is asked for it when it is first needed, and again once the server has refused or
   * ended what came of the last answer; it may return a promise.
   */
  authToken?: Token | (() => Token | Promise<Token>);
  /** Whether messages that this client sent itself are passed over. */
  ignoreSender?: boolean;
  /** Whether a lost connection is made again. */
  autoReconnect?: boolean;
  /** The most that the first pause before a reconnect takes, in milliseconds; it doubles each time. */
  autoReconnectTimeout?: number;
  /** What such a pause grows to, in milliseconds. */
  autoReconnectTimeoutMax?: number;
  /** How long a server may take to be reached, and then to answer, in milliseconds. */
  answerTimeout?: number;
  /** After so many silent milliseconds the server is asked for a sign of life; 0 is never. */
  heartbeat?: number;
  /** Whether what happens is written to the console; tokens never are. */
  debug?: boolean;
}

export type Settings = Required<OmnibusOptions>;

/** What holds where nothing is said. */
export const defaults: Settings = {
  authToken: undefined,
  ignoreSender: true,
  debug: false,
  autoReconnect: true,
  autoReconnectTimeout: 500,
  autoReconnectTimeoutMax: 30_000,
  answerTimeout: 20_000,
  heartbeat: 45_000,
};
