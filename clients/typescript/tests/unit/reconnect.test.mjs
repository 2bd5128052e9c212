// Does a connection come back when it should, where it should, and no sooner?

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Clock } from "../support/clock.mjs";
import { Omnibus } from "../support/client.mjs";
import { fakeServer, heard } from "../support/server.mjs";

describe("a lost connection", () => {
  let clock, server;
  beforeEach(() => {
    clock = new Clock().install();
    server = fakeServer();
  });
  afterEach(() => clock.remove());

  const connect = (options, url = "ws://one/ec") => new Omnibus(server.Transport, url, options);

  /** How long the client waits for its next socket, to 10 ms. */
  function pause() {
    const before = server.sockets.length;
    for (let waited = 0; waited <= 200_000; waited += 10) {
      if (server.sockets.length > before) return waited;
      clock.pass(10);
    }
    return Infinity;
  }

  it("is told before its channels are, comes back under its name, and asks once for each channel", () => {
    const omnibus = connect();
    const log = [];
    omnibus.on("disconnected", ({ data }) => log.push(data));
    omnibus.openChannel("news").on("*", ({ name }) => log.push(name));
    server.socket.welcome();
    log.length = 0;
    server.socket.end(1006, "");
    assert.deepEqual(log, [{ code: 1006, reason: "", reconnects: true }, "unsubscribed"]);
    assert.deepEqual([omnibus.isConnected(), omnibus.isAuthenticated()], [false, false]);
    // However many attempts fail.
    for (let attempt = 0; attempt < 5; attempt++) {
      assert.ok(pause() < Infinity);
      server.socket.end(1006, "");
    }
    assert.ok(pause() < Infinity);
    server.socket.open();
    assert.deepEqual(server.socket.take(), [`!authenticate:${omnibus.getId()}`]);
    server.socket.answer("authenticate", true);
    assert.deepEqual(server.socket.take(), ["!subscribe:news"]);
    server.socket.answer("subscribe", true, { channel: "news" });
    assert.equal(log[log.length - 1], "subscribed");
  });

  it("waits anything up to a bound that doubles until it is thirty seconds", () => {
    connect();
    const bounds = [];
    clock.dice = 0.9999;
    for (let attempt = 0; attempt < 9; attempt++) {
      server.socket.end(1006, "");
      bounds.push(pause());
    }
    assert.deepEqual(bounds, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
    clock.dice = 0;
    server.socket.end(1006, "");
    assert.ok(pause() <= 10);
  });

  it("forgets its failures once it was good for ten seconds, and not before", () => {
    connect({ autoReconnectTimeout: 1000, autoReconnectTimeoutMax: 4000 });
    clock.dice = 0.9999;
    const lost = goodForMs => {
      server.socket.welcome();
      clock.pass(goodForMs);
      server.socket.end(1006, "");
      return pause();
    };
    assert.deepEqual([lost(0), lost(9_999), lost(9_999), lost(10_000), lost(0)], [1000, 2000, 4000, 1000, 2000]);
  });

  it("stays away as long as the close code says, and its own pause on top", () => {
    const reasons = [
      [1001, "server is stopping", 500],
      [1008, "not authenticated in time", 5000],
      [1013, "client reads too slowly", 1000],
      [1013, "server is overloaded", 10000],
      [1009, "", 1000],
      // Two rows have this code, and none these words.
      [1013, "try again later", 0],
      [4000, "what is that", 0],
    ];
    for (const [code, reason, leastMs] of reasons) {
      for (const dice of [0, 0.9999]) {
        clock.dice = dice;
        const omnibus = connect();
        server.socket.welcome();
        clock.pass(20_000);
        server.socket.end(code, reason);
        const waited = pause();
        const most = leastMs + (dice ? 500 : 0);
        assert.ok(Math.abs(waited - most) <= 10, `${code} ${reason}: ${waited} is not ${most}`);
        omnibus.close();
      }
    }
  });

  it("does not come back where the close code says that the same would happen again", async () => {
    for (const [code, reason] of [[1002, "broken websocket frame"], [1008, "too many malformed messages"], [1007, ""], [1000, ""]]) {
      const omnibus = connect();
      const channel = omnibus.openChannel("news");
      server.socket.welcome();
      const log = heard(omnibus);
      server.socket.end(code, reason);
      assert.deepEqual(log, [["disconnected", { code, reason, reconnects: false }]]);
      assert.equal(pause(), Infinity);
      assert.equal(clock.running, 0);
      await assert.rejects(omnibus.connected(), { name: "OmnibusError", data: { code, reason, reconnects: false } });
      // The page may try nevertheless, and finds its channels there.
      omnibus.connect();
      server.socket.welcome();
      assert.equal(channel.isSubscribed(), true);
      omnibus.close();
    }
  });

  it("comes back from what SockJS says where a server is down, in a code that is another's", () => {
    connect();
    server.socket.end(1002, "Cannot connect to server");
    assert.ok(pause() <= 500);
    server.socket.end(2000, "All transports failed");
    assert.ok(pause() <= 1000);
    // A mock of a page's own tests says nothing at all.
    server.socket.end();
    assert.ok(pause() <= 2000);
  });

  it("stays lost where the page does not want it back", () => {
    const omnibus = connect({ autoReconnect: false });
    const log = heard(omnibus);
    server.socket.end(1006, "");
    assert.deepEqual(log, [["disconnected", { code: 1006, reason: "", reconnects: false }]]);
    assert.deepEqual([pause(), clock.running], [Infinity, 0]);
    omnibus.connect();
    assert.equal(server.sockets.length, 2);
  });

  it("comes back although making a socket throws", () => {
    const omnibus = connect();
    const errors = [];
    omnibus.on("error", ({ data }) => errors.push(data.message));
    server.isBroken = true;
    server.socket.end(1006, "");
    clock.pass(5_000);
    assert.ok(errors.length > 1);
    assert.deepEqual(new Set(errors), new Set(["no socket can be made"]));
    server.isBroken = false;
    assert.ok(pause() < Infinity);
  });

  it("goes to the next server at once, and slows down when all have failed", () => {
    const omnibus = connect({}, ["ws://one/ec", "ws://two/ec", "ws://three/ec"]);
    clock.dice = 0.9999;
    const pauses = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      server.socket.end(1006, "");
      pauses.push(pause());
    }
    const names = server.sockets.map(({ url }) => /one|two|three/.exec(url)[0]);
    assert.deepEqual(names, ["one", "two", "three", "one", "two", "three", "one"]);
    assert.deepEqual(pauses, [500, 500, 500, 1000, 1000, 1000]);
    omnibus.close();
    assert.throws(() => connect({}, []), /url/);
  });

  it("takes a server for dead that does not answer, and listens to it no more", () => {
    const omnibus = connect();
    const log = heard(omnibus);
    const [first] = server.sockets;
    clock.pass(20_000);
    assert.deepEqual(log, [["disconnected", { code: 1006, reason: "no answer within 20000 ms", reconnects: true }]]);
    assert.equal(first.isClosed, true);
    assert.ok(pause() <= 500);
    first.open();
    first.end(1000, "");
    assert.deepEqual([log.length, omnibus.isConnected()], [1, false]);
    // Neither does one count that opens, and then says nothing.
    server.socket.open();
    clock.pass(20_000);
    assert.equal(log.length, 3);
  });

  it("asks a server that is silent for a sign of life, and leaves one that gives none", () => {
    const omnibus = connect();
    server.socket.welcome();
    clock.pass(44_000);
    server.socket.say('news:{"type":"x"}');
    clock.pass(44_000);
    assert.deepEqual(server.socket.take(), []);
    clock.pass(1_000);
    assert.deepEqual(server.socket.take(), ["!ping:"]);
    // As every server answers what it does not know.
    server.socket.answer("ping", false);
    clock.pass(45_000);
    assert.deepEqual(server.socket.take(), ["!ping:"]);
    assert.equal(omnibus.isConnected(), true);
    clock.pass(20_000);
    assert.equal(omnibus.isConnected(), false);
    assert.ok(pause() <= 1000);
  });

  it("asks for no sign of life where the page does not want it", () => {
    connect({ heartbeat: 0 });
    server.socket.welcome();
    clock.pass(1_000_000);
    assert.deepEqual([server.socket.take(), clock.running], [[], 0]);
  });
});
