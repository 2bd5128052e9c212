// Why was a promise not kept?

/** What promises and iterations of this package reject with. */
export class OmnibusError extends Error {
  override readonly name = "OmnibusError";

  constructor(
    message: string,
    /** What led to it: the server's answer, or how the connection ended. */
    readonly data?: unknown,
  ) {
    super(message);
  }
}
