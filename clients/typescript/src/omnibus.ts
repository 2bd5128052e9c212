// What does a page say to the server, and what does it hear?

import { Channel, type ChannelHome } from "./channel.js";
import { OmnibusError } from "./errors.js";
import { EventBus } from "./event_bus.js";
import { events } from "./events.js";
import { identifier } from "./identifier.js";
import { Link, type LinkListener } from "./link.js";
import type { Message } from "./messages.js";
import { defaults, type OmnibusOptions, type Settings, type Token } from "./options.js";
import type { CloseInfo } from "./pause.js";
import type { Transport } from "./transport.js";
import { Waiting } from "./waiting.js";

/** So many texts wait for a connection; more are refused. */
const QUEUE_LENGTH_MAX = 1000;
/** How long a client that was not let in stays away at least, in milliseconds. */
const REFUSED_MS = 5_000;

/** The answer to a command. */
interface Answer {
  readonly type: string;
  readonly success: boolean;
  readonly payload?: { readonly channel?: unknown } | null;
}

/**
 * A connection to an Omnibus server: it authenticates, comes back when it is lost, and has
 * channels. It is made at once.
 *
 * ```js
 * const omnibus = new Omnibus(WebSocket, "wss://example.org/ec", { authToken: "42:v2.…" });
 * const news = omnibus.openChannel("news").on("say", event => show(event.data.payload));
 * ```
 */
export class Omnibus extends EventBus implements ChannelHome {
  /** The version of this package. */
  static readonly version: string = VERSION;
  /** The names of the events. */
  static readonly events = { ...events };
  /** What holds where an option is left out. */
  static readonly defaults: Settings = { ...defaults };

  private readonly _id = identifier();
  private readonly _settings: Settings;
  private readonly _link: Link;
  private readonly _channels = new Map<string, Channel>();
  /** Channels whose unsubscription is not answered yet, the oldest first. */
  private _leaving: Channel[] = [];
  private _queue: string[] = [];
  private _isAuthenticated = false;
  /** What a token function said last. */
  private _token: { readonly value: Token } | undefined;
  private _tokenIsNew = false;
  private readonly _waiting = new Waiting<this>();
  /** Why nothing comes any more, unless the page asks for it. */
  private _over: OmnibusError | undefined;

  /**
   * @param transport - `WebSocket`, `SockJS`, or a class with the same members
   * @param url - where the server is; of several the next one is tried when one is lost
   */
  constructor(transport: Transport, url: string | readonly string[], options?: OmnibusOptions) {
    super();
    const endpoints: readonly string[] = typeof url === "string" ? [url] : [...(url ?? [])];
    if (typeof transport !== "function" || !endpoints.length) {
      throw new Error("Omnibus needs a transport and a url; write new Omnibus(WebSocket, url)");
    }
    this._settings = { ...defaults, ...options };
    const listener: LinkListener = {
      _opened: () => this._onOpened(),
      _received: text => this._onReceived(text),
      _failed: error => this.trigger(events.CONNECTION_ERROR, error),
      _closed: info => this._onClosed(info),
      _probe: () => this.sendCommandMessage("ping", "", true),
    };
    this._link = new Link(transport, endpoints, this._settings, listener);
    this._link._open();
  }

  /** The identifier that this client goes by, the same after every reconnect. */
  getId(): string {
    return this._id;
  }

  /** Whether there is an open socket. */
  isConnected(): boolean {
    return this._link._isOpen;
  }

  /** Whether the server has let this client in. */
  isAuthenticated(): boolean {
    return this._isAuthenticated;
  }

  /**
   * Is kept as soon as the server has let this client in.
   *
   * Rejects with an {@link OmnibusError} if it is refused, or the connection has ended for good.
   */
  connected(): Promise<this> {
    if (this._over) {
      return Promise.reject(this._over);
    }
    return this._isAuthenticated ? Promise.resolve(this) : this._waiting._promise();
  }

  /** Connects now, if there is no socket: after {@link close}, or instead of waiting. */
  connect(): this {
    this._over = undefined;
    this._link._open();
    return this;
  }

  /** Ends the connection and all its channels. */
  close(): void {
    this._over ??= new OmnibusError("the connection was closed; connect() makes it again");
    this._link._close();
    this._queue = [];
    this._channels.forEach(channel => this._end(channel));
    this._waiting._break(this._over);
  }

  /** Returns the channel of that name, made and subscribed if there is none. */
  openChannel(name: string): Channel {
    let channel = this._channels.get(name);
    if (!channel || channel._leaving) {
      if (typeof name !== "string" || !name || /[:!]/.test(name)) {
        throw new Error(`${JSON.stringify(name)} is no channel name; it is a text of 1 to 255 bytes without ":" and "!"`);
      }
      channel = new Channel(name, this);
      this._channels.set(name, channel);
    }
    this._subscribe(channel);
    return channel;
  }

  /** Returns the channel of that name, if it is open. */
  getChannel(name: string): Channel | undefined {
    return this._channels.get(name);
  }

  /**
   * Leaves a channel.
   *
   * @returns whether it was subscribed and is now being left
   */
  closeChannel(channelOrName: Channel | string): boolean {
    const isName = typeof channelOrName === "string";
    if (!isName && !(channelOrName instanceof Channel)) {
      throw new Error("closeChannel() needs a channel or the name of one");
    }
    const channel = isName ? this._channels.get(channelOrName) : channelOrName;
    if (!channel || channel._leaving || channel.isDestroyed()) {
      return false;
    }
    const wasSubscribed = channel.isSubscribed();
    channel._leaving = true;
    if (wasSubscribed) {
      channel.trigger(events.CHANNEL_CLOSE);
    }
    if (channel._asked && this.isAuthenticated()) {
      this._leaving.push(channel);
      this.sendCommandMessage("unsubscribe", channel.getName());
    } else {
      this._end(channel);
    }
    return wasSubscribed;
  }

  /**
   * Sends a command, or keeps it until the server has let this client in.
   *
   * @param force - whether it goes out before that, too
   * @returns false if there is no room to keep it
   */
  sendCommandMessage(command: string, argument: string, force?: boolean): boolean {
    return this._send(`!${command}:${argument}`, force);
  }

  /** Sends a message into a channel; otherwise as {@link sendCommandMessage}. */
  sendChannelMessage(channel: string, type: string, payload?: unknown, force?: boolean): boolean {
    return this._send(`${channel}:${JSON.stringify({ type, sender: this._id, payload })}`, force);
  }

  private _send(text: string, force?: boolean): boolean {
    if ((force || this._isAuthenticated) && this._link._send(text)) {
      this._log("debug", `Out: ${text}`);
      return true;
    }
    const hasRoom = !this._over && this._queue.length < QUEUE_LENGTH_MAX;
    if (hasRoom) {
      this._queue.push(text);
    }
    return hasRoom;
  }

  private _onOpened(): void {
    this._log("info", "Connected");
    this.trigger(events.CONNECTION_CONNECTED);
    const { authToken } = this._settings;
    if (typeof authToken !== "function") {
      this._authenticate(authToken);
    } else if (this._token) {
      this._authenticate(this._token.value);
    } else {
      this._askForToken(authToken);
    }
  }

  private _authenticate(token: Token): void {
    const text = `!authenticate:${this._id}`;
    if (this._link._send(token ? `${text}:${token}` : text)) {
      this._log("debug", `Out: ${text}`);
      this._link._expectAnswer();
    }
  }

  private async _askForToken(ask: () => Token | Promise<Token>): Promise<void> {
    const turn = this._link._turn;
    this._link._expectAnswer();
    try {
      const value = await ask();
      this._token = { value };
      this._tokenIsNew = true;
      if (turn === this._link._turn) {
        this._authenticate(value);
      }
    } catch (error) {
      if (turn === this._link._turn && this.isConnected()) {
        this.trigger(events.CONNECTION_ERROR, error);
        this._link._drop(1000, "no token");
      }
    }
  }

  private _onReceived(text: string): void {
    this._log("debug", `In: ${text}`);
    const colon = text.indexOf(":");
    const name = text.slice(0, Math.max(0, colon));
    const isAnswer = name[0] === "!";
    if (!isAnswer && colon >= 0 && !this._channels.has(name)) {
      return;
    }
    let content: unknown;
    try {
      content = JSON.parse(text.slice(colon + 1));
    } catch (error) {
      this.trigger(events.CONNECTION_ERROR, error);
    }
    if (typeof content === "object" && content) {
      if (isAnswer) {
        this._onAnswer(name, content as Answer);
      } else {
        this._onMessage(name, content as Message);
      }
    }
  }

  private _onMessage(name: string, message: Message): void {
    if (!this._settings.ignoreSender || message.sender !== this._id) {
      this._channels.get(name)?._handleMessage(message);
    }
  }

  private _onAnswer(name: string, answer: Answer): void {
    const channel = answer.payload?.channel;
    if (name === "!authenticate") {
      if (answer.success) {
        this._onAuthenticated();
      } else {
        this._onUnauthenticated(answer);
      }
    } else if (typeof channel === "string") {
      if (name === "!subscribe") {
        this._onSubscribeAnswer(channel, answer);
      } else if (name === "!unsubscribe") {
        this._onUnsubscribeAnswer(channel);
      }
    }
  }

  private _onAuthenticated(): void {
    this._isAuthenticated = true;
    this._tokenIsNew = false;
    this._link._good();
    this.trigger(events.CONNECTION_AUTHENTICATED);
    this._channels.forEach(channel => this._subscribe(channel));
    // What is sent while this goes on comes behind what has waited.
    const queue = this._queue;
    this._queue = [];
    queue.forEach(text => this._send(text));
    this._waiting._keep(this);
  }

  private _onUnauthenticated(answer: Answer): void {
    this._isAuthenticated = false;
    const { authToken } = this._settings;
    if (typeof authToken === "function" && !this._tokenIsNew) {
      // It may have run out meanwhile.
      this._askForToken(authToken);
      return;
    }
    this._token = undefined;
    this._queue = [];
    this.trigger(events.CONNECTION_UNAUTHENTICATED, answer);
    const error = new OmnibusError("the server refuses this client's identifier or token; see data", answer);
    this._waiting._break(error);
    this._channels.forEach(channel => channel._handleRefused(error));
    this._link._drop(1008, "not authenticated", REFUSED_MS);
  }

  private _subscribe(channel: Channel): void {
    if (this._isAuthenticated && !channel._asked && !channel._leaving) {
      channel._asked = true;
      this.sendCommandMessage("subscribe", channel.getName());
    }
  }

  private _onSubscribeAnswer(name: string, answer: Answer): void {
    // The older one, where a channel was closed and opened again before the server answered.
    const channel = this._leaving.find(channel => channel.getName() === name) ?? this._channels.get(name);
    if (!channel) {
      return;
    }
    if (answer.success) {
      channel._handleSubscribed();
    } else if (!channel.isSubscribed()) {
      this.trigger(events.CHANNEL_REFUSED, channel);
      channel._handleRefused(new OmnibusError(`the server refuses channel ${name}; see data`, answer));
    }
  }

  private _onUnsubscribeAnswer(name: string): void {
    const at = this._leaving.findIndex(channel => channel.getName() === name);
    this._leaving.splice(at, at < 0 ? 0 : 1).forEach(channel => this._end(channel));
  }

  /** A channel is left, whether or not the server could be asked. */
  private _end(channel: Channel): void {
    const name = channel.getName();
    channel._handleUnsubscribed();
    if (this._channels.get(name) === channel) {
      this._channels.delete(name);
    }
    channel._destroy();
  }

  private _onClosed(info: CloseInfo): void {
    this._log("info", "Disconnected");
    this._isAuthenticated = false;
    if (this._tokenIsNew || info.code === 1008 || info.code >= 3000) {
      // The server may have ended it because of the token.
      this._token = undefined;
    }
    if (!info.reconnects) {
      this._over ??= new OmnibusError(`the connection has ended: ${info.code} ${info.reason}`, info);
    }
    this.trigger(events.CONNECTION_DISCONNECTED, info);
    this._leaving.splice(0).forEach(channel => this._end(channel));
    this._channels.forEach(channel => channel._handleUnsubscribed());
    if (this._over) {
      this._waiting._break(this._over);
    }
  }

  private _log(level: string, text: string): void {
    if (this._settings.debug) {
      console.log(`[${new Date().toISOString()}|${level}] `, text);
    }
  }
}

/** Put in by the build. */
declare const VERSION: string;
