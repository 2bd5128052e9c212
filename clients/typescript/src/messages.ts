// How are a channel's messages read?

import { EventBus } from "./event_bus.js";
import { OmnibusError } from "./errors.js";

/** What one client or backend says in a channel. */
export interface Message<Payload = any> {
  /** What kind of message it is, as its sender calls it. */
  readonly type: string;
  /** The identifier of the client that sent it; backends may leave it out or say `null`. */
  readonly sender?: string | null;
  /** What it carries. */
  readonly payload?: Payload;
}

/** So many messages may wait in an iteration; with one more it fails. */
export const WAITING_MESSAGES_MAX = 1000;

/**
 * The messages of a channel, and nothing else.
 *
 * Handlers registered here are called for message types only, whatever those are called; the
 * channel's own events do not come here. As an async iterable it ends when the channel does.
 */
export class Messages extends EventBus implements AsyncIterable<Message> {
  private readonly _readers = new Set<Reader>();
  private _ended = false;

  [Symbol.asyncIterator](): AsyncIterableIterator<Message> {
    const reader = new Reader(() => this._readers.delete(reader));
    if (this._ended) {
      reader._finish();
    } else {
      this._readers.add(reader);
    }
    return reader;
  }

  /** @internal */
  _put(message: Message): void {
    this.trigger(typeName(message), message);
    this._readers.forEach(reader => reader._put(message));
  }

  /** @internal */
  _end(): void {
    this._ended = true;
    this._readers.forEach(reader => reader._finish());
    this.off();
  }
}

/** The name under which a message is told; a type that is no text may come from any backend. */
export function typeName({ type }: Message): string {
  return typeof type === "object" && type ? "" : String(type);
}

type Taker = { resolve(result: IteratorResult<Message>): void; reject(error: Error): void };

/** One iteration over the messages that come from now on. */
class Reader implements AsyncIterableIterator<Message> {
  private readonly _messages: Message[] = [];
  private _takers: Taker[] = [];
  private _finished = false;
  private _error: Error | undefined;

  constructor(private readonly _leave: () => void) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Message>> {
    return new Promise((resolve, reject) => {
      this._takers.push({ resolve, reject });
      this._serve();
    });
  }

  return(): Promise<IteratorResult<Message>> {
    this._messages.length = 0;
    this._finish();
    return this.next();
  }

  _put(message: Message): void {
    if (this._messages.length < WAITING_MESSAGES_MAX) {
      this._messages.push(message);
      this._serve();
    } else {
      this._finish(new OmnibusError(`${WAITING_MESSAGES_MAX} messages wait to be read, the limit; read faster or use on()`));
    }
  }

  _finish(error?: Error): void {
    this._finished = true;
    this._error = error;
    this._leave();
    this._serve();
  }

  /** Hands what there is to those who ask; what waits is still read before the end. */
  private _serve(): void {
    while (this._takers.length && (this._messages.length || this._finished)) {
      const { resolve, reject } = this._takers.shift()!;
      const message = this._messages.shift();
      if (message) {
        resolve({ value: message, done: false });
      } else if (this._error) {
        reject(this._error);
        this._error = undefined;
      } else {
        resolve({ value: undefined, done: true });
      }
    }
  }
}
