// Does a connection know what happens to its page?

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Clock } from "../support/clock.mjs";
import { Omnibus } from "../support/client.mjs";
import { fakeServer } from "../support/server.mjs";

describe("in a page", () => {
  let clock, server, page;
  beforeEach(() => {
    clock = new Clock().install();
    server = fakeServer();
    page = new EventTarget();
    page.listeners = 0;
    define("addEventListener", (...event) => page.listeners++ && 0 || page.addEventListener(...event));
    define("removeEventListener", (...event) => page.listeners-- && 0 || page.removeEventListener(...event));
    define("document", { visibilityState: "visible" });
    define("navigator", { onLine: true });
  });
  afterEach(() => {
    clock.remove();
    for (const name of ["addEventListener", "removeEventListener", "document", "navigator"]) {
      delete globalThis[name];
    }
  });

  const define = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  const connect = options => new Omnibus(server.Transport, "ws://one/ec", options);
  const happen = name => page.dispatchEvent(new Event(name));

  it("a connection comes back at once when the network does", () => {
    connect();
    navigator.onLine = false;
    server.socket.end(1006, "");
    // Without a network it is of little use to try.
    clock.pass(29_999);
    assert.equal(server.sockets.length, 1);
    navigator.onLine = true;
    happen("online");
    clock.pass(0);
    assert.equal(server.sockets.length, 2);
  });

  it("a connection tries now and then although the browser believes to be offline", () => {
    connect();
    navigator.onLine = false;
    server.socket.end(1006, "");
    clock.pass(30_000);
    assert.equal(server.sockets.length, 2);
  });

  it("a connection comes back at once when the page is looked at again", () => {
    connect();
    server.socket.end(1006, "");
    document.visibilityState = "hidden";
    // Timers of a hidden page wait.
    clock.sleep(60_000);
    happen("visibilitychange");
    clock.pass(0);
    document.visibilityState = "visible";
    happen("visibilitychange");
    clock.pass(0);
    assert.equal(server.sockets.length, 2);
  });

  it("a connection comes back no sooner than the server wants it, whatever the page does", () => {
    connect();
    server.socket.welcome();
    server.socket.end(1013, "server is overloaded");
    happen("online");
    happen("visibilitychange");
    clock.pass(9_999);
    assert.equal(server.sockets.length, 1);
    clock.pass(1);
    assert.equal(server.sockets.length, 2);
  });

  it("a connection that may be dead is asked whether it is, at once", () => {
    const omnibus = connect();
    server.socket.welcome();
    happen("online");
    assert.deepEqual(server.socket.take(), ["!ping:"]);
    // Once is enough.
    happen("visibilitychange");
    assert.deepEqual(server.socket.take(), []);
    clock.pass(19_999);
    server.socket.answer("ping", false);
    clock.pass(10_000);
    assert.equal(omnibus.isConnected(), true);
    happen("visibilitychange");
    assert.deepEqual(server.socket.take(), ["!ping:"]);
    clock.pass(20_000);
    assert.equal(omnibus.isConnected(), false);
  });

  it("a connection that has ended listens to the page no more, and one that goes on listens once", () => {
    const omnibus = connect();
    assert.equal(page.listeners, 2);
    server.socket.end(1006, "");
    clock.pass(500);
    assert.equal(page.listeners, 2);
    omnibus.close();
    assert.equal(page.listeners, 0);
    omnibus.connect();
    assert.equal(page.listeners, 2);
    server.socket.welcome();
    server.socket.end(1000, "");
    assert.equal(page.listeners, 0);
  });
});
