// When is there a socket, and to which server?
//
//                 pause over, online, visible
//     waiting ────────────────────────────────▶ connecting ──▶ open
//        ▲                                          │           │
//        └──────────── closed, or silent ───────────┴───────────┘
//                             │
//                             ▼ the close code says so, close(), or no autoReconnect
//                            idle

import { jitter, leastPause, type CloseInfo } from "./pause.js";
import type { Settings } from "./options.js";
import type { Socket, Transport } from "./transport.js";

/** A connection that was good for so long makes up for all failures before it. */
const STABLE_MS = 10_000;
/** After so much silence a page that is looked at again asks whether its server is there. */
const DOUBTFUL_MS = 5_000;

/** Who wants to know what becomes of the socket. */
export interface LinkListener {
  _opened(): void;
  _received(text: string): void;
  _failed(event: unknown): void;
  _closed(info: CloseInfo): void;
  /** Sends something that every server answers. */
  _probe(): void;
}

/** One socket at a time, made again whenever it is lost. */
export class Link {
  /** Grows with every socket. */
  _turn = 0;
  _isOpen = false;
  private _socket: Socket | undefined;
  private _endpoint = 0;
  private _failures = 0;
  private _goodSince = Infinity;
  private _heardAt = 0;
  private _notBefore = 0;
  private _pause: Timer;
  private _deadline: Timer;
  private _heartbeat: Timer;
  private _listensToPage = false;

  constructor(
    private readonly _transport: Transport,
    private readonly _endpoints: readonly string[],
    private readonly _settings: Settings,
    private readonly _listener: LinkListener,
  ) {}

  /** Makes a socket, unless there is one. Throws what the transport throws. */
  _open(): void {
    if (this._socket) {
      return;
    }
    clearTimeout(this._pause);
    this._pause = undefined;
    this._turn++;
    const socket = (this._socket = new this._transport(this._endpoints[this._endpoint]!));
    // A socket that was given up may still have something to say; nobody listens.
    const ifCurrent = (handle: (event: any) => void) => (event: any) => {
      if (this._socket === socket) {
        handle(event);
      }
    };
    socket.onopen = ifCurrent(() => this._onOpen());
    socket.onmessage = ifCurrent(event => this._onMessage(event));
    socket.onclose = ifCurrent(event => this._onClose(event));
    socket.onerror = ifCurrent(event => this._listener._failed(event));
    this._expectAnswer();
    this._listenToPage(true);
  }

  /** Sends a text, if there is a socket to send it to. */
  _send(text: string): boolean {
    if (this._isOpen) {
      this._socket!.send(text);
    }
    return this._isOpen;
  }

  /** The server has let the client in. */
  _good(): void {
    this._goodSince = Date.now();
  }

  /** Gives the socket up, and waits at least so long before the next one. */
  _drop(code: number, reason: string, leastMs = 0): void {
    const socket = this._socket;
    this._lost(code, reason, leastMs);
    socket?.close();
  }

  /** Gives the socket up for good. */
  _close(): void {
    clearTimeout(this._pause);
    this._pause = undefined;
    this._listenToPage(false);
    const socket = this._socket;
    this._lost(1000, "");
    socket?.close();
  }

  /** Expects to hear from the server soon; else it is taken for dead. */
  _expectAnswer(): void {
    const { answerTimeout } = this._settings;
    this._deadline ??= setTimeout(() => this._drop(1006, `no answer within ${answerTimeout} ms`), answerTimeout);
  }

  private _onOpen(): void {
    this._isOpen = true;
    this._heard();
    this._watch(this._settings.heartbeat);
    this._listener._opened();
  }

  private _onMessage(event: { data: unknown }): void {
    this._heard();
    this._listener._received(`${event.data}`);
  }

  private _heard(): void {
    this._heardAt = Date.now();
    clearTimeout(this._deadline);
    this._deadline = undefined;
  }

  /** Asks a server that is silent for a sign of life, and looks again later. */
  private _watch(inMs: number): void {
    const { heartbeat } = this._settings;
    if (heartbeat) {
      this._heartbeat = setTimeout(() => {
        const left = this._heardAt + heartbeat - Date.now();
        if (left <= 0) {
          this._ask();
        }
        this._watch(left > 0 ? left : heartbeat);
      }, inMs);
    }
  }

  private _ask(): void {
    this._expectAnswer();
    this._listener._probe();
  }

  private _onClose(event?: { code?: number; reason?: string }): void {
    const { code = 1006, reason = "" } = event ?? {};
    this._lost(code, reason, leastPause(code, reason));
  }

  private _lost(code: number, reason: string, leastMs?: number): void {
    if (!this._socket) {
      return;
    }
    this._socket = undefined;
    this._isOpen = false;
    clearTimeout(this._deadline);
    this._deadline = undefined;
    clearTimeout(this._heartbeat);
    const { autoReconnect } = this._settings;
    const reconnects = autoReconnect && leastMs !== undefined;
    if (reconnects) {
      this._wait(leastMs);
    } else {
      this._listenToPage(false);
    }
    this._listener._closed({ code, reason, reconnects });
  }

  private _wait(leastMs: number): void {
    const { autoReconnectTimeout, autoReconnectTimeoutMax } = this._settings;
    if (Date.now() - this._goodSince >= STABLE_MS) {
      this._failures = 0;
    }
    this._goodSince = Infinity;
    // Every server is tried once before the pauses grow.
    const rounds = Math.floor(this._failures++ / this._endpoints.length);
    this._endpoint = (this._endpoint + 1) % this._endpoints.length;
    this._notBefore = Date.now() + leastMs;
    const pause = isOffline() ? autoReconnectTimeoutMax : jitter(autoReconnectTimeout, autoReconnectTimeoutMax, rounds);
    this._openIn(leastMs + pause);
  }

  private _openIn(ms: number): void {
    clearTimeout(this._pause);
    this._pause = setTimeout(() => {
      try {
        this._open();
      } catch (error) {
        this._listener._failed(error);
        this._wait(0);
      }
    }, ms);
  }

  /** Browsers let the timers of a hidden page wait, and know when a network is back. */
  private _listenToPage(listens: boolean): void {
    if (listens !== this._listensToPage && typeof addEventListener === "function" && typeof removeEventListener === "function") {
      this._listensToPage = listens;
      const change = listens ? addEventListener : removeEventListener;
      change("online", this._onOnline);
      // It bubbles from the document to the window.
      change("visibilitychange", this._onVisible);
    }
  }

  private readonly _onOnline = () => this._hurry(0);

  private readonly _onVisible = () => {
    if (document.visibilityState === "visible") {
      this._hurry(DOUBTFUL_MS);
    }
  };

  /** Ends a pause, or asks a server that was silent for so long whether it is still there. */
  private _hurry(doubtfulMs: number): void {
    if (this._pause !== undefined) {
      this._openIn(Math.max(0, this._notBefore - Date.now()));
    } else if (this._isOpen && Date.now() - this._heardAt >= doubtfulMs) {
      this._ask();
    }
  }
}

type Timer = ReturnType<typeof setTimeout> | undefined;

function isOffline(): boolean {
  return typeof navigator === "object" && navigator.onLine === false;
}
