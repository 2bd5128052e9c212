// Who is told when something happens?

/** What a handler gets. */
export class OmnibusEvent<Data = any> {
  constructor(
    /** The connection or channel that the event belongs to. */
    readonly sender: any,
    /** The event's name; under the wildcard `*` still the event's own. */
    readonly name: string,
    /** What came with it. */
    readonly data: Data,
  ) {}
}

/** Is called with every event that it was registered for. */
export type Handler<Data = any> = (event: OmnibusEvent<Data>) => void;

/** Registers handlers, and calls them in the order in which they came. */
export class EventBus {
  // One object a registration, so that a handler that was registered twice is called twice.
  private readonly _handlers = new Map<string, Set<{ readonly handler: Handler }>>();

  /** Calls `handler` whenever the event occurs; `*` stands for every event. */
  on<Data = any>(name: string, handler: Handler<Data>): this {
    let handlers = this._handlers.get(name);
    if (!handlers) {
      this._handlers.set(name, (handlers = new Set()));
    }
    handlers.add({ handler });
    return this;
  }

  /** Takes back one handler of an event, all of an event, or without arguments all there are. */
  off(name?: string, handler?: Handler): this {
    if (name === undefined) {
      this._handlers.forEach(handlers => handlers.clear());
    } else {
      this._handlers.get(name)?.forEach((entry, _, handlers) => {
        if (!handler || entry.handler === handler) {
          handlers.delete(entry);
        }
      });
    }
    return this;
  }

  /** Calls the handlers of an event, then those of `*`. */
  trigger(name: string, data?: unknown): this {
    this._call(name, name, data);
    if (name !== "*") {
      this._call("*", name, data);
    }
    return this;
  }

  private _call(key: string, name: string, data: unknown): void {
    const event = new OmnibusEvent(this, name, data);
    // A set is safe to change while it is walked: who is taken back is not called any more.
    this._handlers.get(key)?.forEach(({ handler }) => {
      try {
        handler(event);
      } catch (error) {
        // The page's mistake is told to the page, and costs nobody else the event.
        setTimeout(() => {
          throw error;
        });
      }
    });
  }
}
