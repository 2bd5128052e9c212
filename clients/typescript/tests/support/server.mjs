// How does a test play the server to a client?

/** Makes a transport whose sockets the test opens, feeds and closes. */
export function fakeServer() {
  const server = {
    sockets: [],
    /** The socket that was made last. */
    get socket() {
      return server.sockets[server.sockets.length - 1];
    },
    /** Whether making a socket throws. */
    isBroken: false,
    Transport: class {
      onopen = null;
      onmessage = null;
      onclose = null;
      onerror = null;
      sent = [];
      isClosed = false;

      constructor(url) {
        if (server.isBroken) {
          throw new Error("no socket can be made");
        }
        this.url = url;
        server.sockets.push(this);
      }

      send(text) {
        this.sent.push(text);
      }

      close() {
        this.isClosed = true;
      }

      /** What was sent since the last time somebody looked. */
      take() {
        return this.sent.splice(0);
      }

      open() {
        this.onopen({});
      }

      say(text) {
        this.onmessage({ data: text });
      }

      answer(type, success, payload = null) {
        this.say(`!${type}:${JSON.stringify({ type, success, payload })}`);
      }

      end(code, reason) {
        this.onclose(code === undefined ? undefined : { code, reason });
      }

      /** Answers all that was sent as a server does that lets everybody in. */
      serve() {
        for (const text of this.take()) {
          const [, command, argument] = /^!(\w+):(.*)$/s.exec(text) ?? [];
          if (command === "authenticate") {
            this.answer(command, true);
          } else if (command === "subscribe" || command === "unsubscribe") {
            this.answer(command, true, { channel: argument });
          }
        }
        if (this.sent.length) {
          this.serve();
        }
      }

      /** Opens, and lets the client in with all its channels. */
      welcome() {
        this.open();
        this.serve();
      }
    },
  };
  return server;
}

/** Writes down what a bus tells, as `name` or `[name, data]`. */
export function heard(bus) {
  const log = [];
  bus.on("*", ({ name, data }) => log.push(data === undefined ? name : [name, data]));
  return log;
}
