// How does a test decide what time it is, and what the dice say?

const real = { setTimeout, clearTimeout, now: Date.now, random: Math.random };

/** Stands in for the timers, `Date.now` and `Math.random` from `install` to `remove`. */
export class Clock {
  now = 1_000_000;
  /** What `Math.random` says. */
  dice = 0.5;
  #timers = new Map();
  #last = 0;

  install() {
    globalThis.setTimeout = (run, ms = 0) => {
      this.#timers.set(++this.#last, { run, at: this.now + Math.max(0, ms) });
      return this.#last;
    };
    globalThis.clearTimeout = id => this.#timers.delete(id);
    Date.now = () => this.now;
    Math.random = () => this.dice;
    return this;
  }

  remove() {
    Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
    Date.now = real.now;
    Math.random = real.random;
  }

  /** How many timers run. */
  get running() {
    return this.#timers.size;
  }

  /** Lets time pass, and the timers that end in it, in their order. */
  pass(ms) {
    const end = this.now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
      if (!next) {
        this.now = end;
        return;
      }
      const [id, { run, at }] = next;
      this.#timers.delete(id);
      this.now = Math.max(this.now, at);
      run();
    }
  }

  /** Lets time pass without any timer, as in a page whose timers wait. */
  sleep(ms) {
    this.now += ms;
  }
}

/** Lets all promises that are settled have their say. */
export const settle = () => new Promise(done => setImmediate(done));
