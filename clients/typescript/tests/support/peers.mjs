// How does a test get real servers, and a cable between them that it can cut?

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import net from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const START_MS = 30_000;
const STOP_MS = 10_000;
const repository = fileURLToPath(new URL("../../../..", import.meta.url));
const require = createRequire(import.meta.url);

/** The settings that make either server speak SockJS. */
export const SOCKJS = {
  OMNIBUS_WEBAPP_FACTORY: "omnibus.factories.sockjs_webapp_factory",
  OMNIBUS_CONNECTION_FACTORY: "omnibus.factories.sockjs_connection_factory",
};

/** Loads a foreign module. */
export const foreign = name => require(join(process.env.OMNIBUS_TEST_NODE_MODULES, name));

/** The original's client, unchanged; it reaches for the page's window for its timers. */
export function originalClient() {
  globalThis.window = globalThis;
  return require(join(process.env.OMNIBUS_TEST_ORIGINAL_STATIC, "omnibus.js"));
}

/** Ports that nobody uses now. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map(server => server.address().port);
  await Promise.all(servers.map(server => new Promise(closed => server.close(closed))));
  return ports;
}

/** A server process on ports of its own, which outlives no test. */
class Server {
  #process;
  #launch;

  constructor(launch, ports) {
    this.#launch = launch;
    [this.port, this.subscriberPort, this.publisherPort] = ports;
    this.url = `ws://127.0.0.1:${this.port}/ec`;
    this.httpUrl = `http://127.0.0.1:${this.port}/ec`;
  }

  async start() {
    const { command, args, env, ready } = this.#launch;
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("OMNIBUS_"));
    this.#process = spawn(command, args, { env: { ...Object.fromEntries(inherited), ...env }, stdio: ["pipe", "pipe", "pipe"] });
    let log = "";
    this.#process.stderr.on("data", text => (log += text));
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), START_MS);
    for await (const line of createInterface({ input: this.#process.stdout })) {
      if (line.startsWith(ready)) {
        clearTimeout(timer);
        this.#process.stdout.resume();
        return this;
      }
    }
    throw new Error(`${command} does not serve: ${log}`);
  }

  async stop(signal = "SIGTERM") {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exit = once(this.#process, "exit", { signal: AbortSignal.timeout(STOP_MS) });
      this.#process.kill(signal);
      await exit;
    }
  }
}

/** Starts the original's own server; `env` are its settings. */
export async function original(env = {}) {
  const ports = await freePorts(3);
  const [port, subscribers, publishers] = ports;
  const launch = {
    command: process.env.OMNIBUS_TEST_PYTHON,
    args: [join(repository, "tests/foreign/python/original/original_server.py"), "--exit-with-stdin"],
    env: {
      OMNIBUS_SERVER_PORT: String(port),
      OMNIBUS_SUBSCRIBER_ADDRESS: `tcp://127.0.0.1:${subscribers}`,
      OMNIBUS_PUBLISHER_ADDRESS: `tcp://127.0.0.1:${publishers}`,
      ...env,
    },
    ready: "ready",
  };
  return new Server(launch, ports).start();
}

/** Starts omnibusd; `env` are its settings. */
export async function omnibusd(env = {}) {
  const ports = await freePorts(3);
  const [port, subscribers, publishers] = ports;
  const launch = {
    command: join(process.env.OMNIBUS_TEST_BINARIES, "omnibusd"),
    args: [],
    env: {
      OMNIBUS_SERVER_LISTEN: "127.0.0.1",
      OMNIBUS_SERVER_PORT: String(port),
      OMNIBUS_SUBSCRIBER_ADDRESS: `tcp://127.0.0.1:${subscribers}`,
      OMNIBUS_PUBLISHER_ADDRESS: `tcp://127.0.0.1:${publishers}`,
      ...env,
    },
    ready: "omnibusd ",
  };
  return new Server(launch, ports).start();
}

/** The settings that put a node below another one. */
export const below = director => ({
  OMNIBUS_DIRECTOR_ENABLED: "false",
  OMNIBUS_FORWARDER_ENABLED: "true",
  OMNIBUS_DIRECTOR_SUBSCRIBER_ADDRESS: `tcp://127.0.0.1:${director.subscriberPort}`,
  OMNIBUS_DIRECTOR_PUBLISHER_ADDRESS: `tcp://127.0.0.1:${director.publisherPort}`,
});

/** A TCP proxy that can be cut: `cut` as a cable is, `break` as a host that ends. */
export async function proxy(target) {
  const pairs = new Set();
  let isCut = false;
  const server = net.createServer(near => {
    const far = net.connect(target, "127.0.0.1");
    const pair = [near, far];
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near]]) {
      // What is sent into a cut cable is lost, and nobody is told.
      from.on("data", bytes => isCut || to.write(bytes));
      from.on("close", () => isCut || to.destroy());
      from.on("error", () => {});
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const end = () => {
    pairs.forEach(pair => pair.forEach(socket => socket.destroy()));
    pairs.clear();
  };
  return {
    url: `ws://127.0.0.1:${server.address().port}/ec`,
    cut: () => (isCut = true),
    mend: () => (isCut = false),
    break: end,
    close() {
      end();
      server.close();
    },
  };
}

/** Waits for what must come soon. */
export async function eventually(what, isSo, ms = 20_000) {
  const end = Date.now() + ms;
  while (!isSo()) {
    if (Date.now() > end) {
      throw new Error(`${what} does not come within ${ms} ms`);
    }
    await new Promise(done => setTimeout(done, 10));
  }
}
