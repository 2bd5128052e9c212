// What is a channel to the page?
//
//     new ──▶ asked ──▶ subscribed ──▶ leaving ──▶ destroyed
//      ▲        │            │
//      └────────┴────────────┘ connection lost

import { EventBus } from "./event_bus.js";
import { OmnibusError } from "./errors.js";
import { Messages, typeName, type Message } from "./messages.js";
import { Waiting } from "./waiting.js";
import { events } from "./events.js";

/** Messages of these types come to {@link Channel.messages} only: here the names are taken. */
const OWN_EVENTS: ReadonlySet<string> = new Set([
  events.CHANNEL_SUBSCRIBED,
  events.CHANNEL_UNSUBSCRIBED,
  events.CHANNEL_CLOSE,
  events.CHANNEL_DESTROY,
  "*",
]);

/** What a channel needs of its connection. */
export interface ChannelHome {
  closeChannel(channel: Channel): boolean;
  sendChannelMessage(channel: string, type: string, payload?: unknown): boolean;
}

/**
 * A channel of a connection, made by `openChannel`.
 *
 * Its own events are `subscribed`, `unsubscribed`, `close` and `destroy`; any other name that
 * {@link on} is given is a type of message.
 */
export class Channel extends EventBus {
  /** The channel's messages alone, as handlers by type or `for await`. */
  readonly messages = new Messages();
  /** @internal */
  _asked = false;
  /** @internal */
  _leaving = false;
  private _isSubscribed = false;
  private _isDestroyed = false;
  private readonly _waiting = new Waiting<this>();

  /** @internal */
  constructor(
    private readonly _name: string,
    private readonly _home: ChannelHome,
  ) {
    super();
  }

  /** The channel's name. */
  getName(): string {
    return this._name;
  }

  /** Whether the server has let this client in. */
  isSubscribed(): boolean {
    return this._isSubscribed;
  }

  /** Whether it was closed for good; `openChannel` makes a new one. */
  isDestroyed(): boolean {
    return this._isDestroyed;
  }

  /**
   * Is kept as soon as the channel is subscribed.
   *
   * Rejects with an {@link OmnibusError} if the server refuses, or the channel ends before.
   */
  subscribed(): Promise<this> {
    if (this._isDestroyed) {
      return Promise.reject(this._ended());
    }
    return this._isSubscribed ? Promise.resolve(this) : this._waiting._promise();
  }

  /** Sends a message now. Returns false, and keeps nothing, while the channel is not subscribed. */
  send(type: string, payload?: unknown): boolean {
    return this._isSubscribed && this._home.sendChannelMessage(this._name, type, payload);
  }

  /**
   * Sends a message as soon as the channel is subscribed; is kept when it is on its way.
   *
   * Rejects as {@link subscribed} does.
   */
  async publish(type: string, payload?: unknown): Promise<void> {
    // Between the promise and its continuation the connection may be lost again.
    while (!this.send(type, payload)) {
      await this.subscribed();
    }
  }

  /** Leaves the channel: `close` now; `unsubscribed` and `destroy` when the server has answered. */
  close(): void {
    if (this._isSubscribed && !this._leaving) {
      this._home.closeChannel(this);
    }
  }

  /** @internal */
  _handleSubscribed(): void {
    if (!this._isSubscribed) {
      this._isSubscribed = true;
      this.trigger(events.CHANNEL_SUBSCRIBED);
      this._waiting._keep(this);
    }
  }

  /** @internal */
  _handleRefused(error: OmnibusError): void {
    this._asked = false;
    this._waiting._break(error);
  }

  /** @internal */
  _handleUnsubscribed(): void {
    this._asked = false;
    if (this._isSubscribed) {
      this._isSubscribed = false;
      this.trigger(events.CHANNEL_UNSUBSCRIBED);
    }
  }

  /** @internal */
  _handleMessage(message: Message): void {
    const name = typeName(message);
    if (!OWN_EVENTS.has(name)) {
      this.trigger(name, message);
    }
    this.messages._put(message);
  }

  /** @internal */
  _destroy(): void {
    if (!this._isDestroyed) {
      this._isDestroyed = true;
      this.trigger(events.CHANNEL_DESTROY);
      this.off();
      this.messages._end();
      this._waiting._break(this._ended());
    }
  }

  private _ended(): OmnibusError {
    return new OmnibusError(`channel ${this._name} was closed; open it again with openChannel()`);
  }
}
