// Does a connection live as a page expects?

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Clock, settle } from "../support/clock.mjs";
import { Omnibus } from "../support/client.mjs";
import { fakeServer, heard } from "../support/server.mjs";

describe("a connection", () => {
  let clock, server;
  beforeEach(() => {
    clock = new Clock().install();
    server = fakeServer();
  });
  afterEach(() => clock.remove());

  const connect = options => new Omnibus(server.Transport, "ws://one/ec", options);

  it("authenticates when its socket opens, then subscribes in the order of opening", () => {
    const omnibus = connect({ authToken: "42:secret" });
    const log = heard(omnibus);
    const news = heard(omnibus.openChannel("news"));
    omnibus.openChannel("chat");
    assert.equal(server.socket.url, "ws://one/ec");
    assert.deepEqual(log, []);
    server.socket.open();
    assert.deepEqual(log, ["connected"]);
    assert.deepEqual(server.socket.take(), [`!authenticate:${omnibus.getId()}:42:secret`]);
    assert.deepEqual([omnibus.isConnected(), omnibus.isAuthenticated()], [true, false]);
    server.socket.answer("authenticate", true);
    assert.deepEqual(log, ["connected", "authenticated"]);
    assert.deepEqual(server.socket.take(), ["!subscribe:news", "!subscribe:chat"]);
    assert.deepEqual(news, []);
    server.socket.answer("subscribe", true, { channel: "news" });
    assert.deepEqual(news, ["subscribed"]);
    assert.equal(omnibus.getChannel("chat").isSubscribed(), false);
  });

  it("goes by a random UUID of version 4", () => {
    clock.remove();
    const clients = Array.from({ length: 50 }, () => connect());
    const ids = new Set(clients.map(omnibus => omnibus.getId()));
    clients.forEach(omnibus => omnibus.close());
    assert.equal(ids.size, 50);
    for (const id of ids) {
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it("keeps what is sent before it is let in, within a bound, and sends it in order", () => {
    const omnibus = connect();
    for (let n = 0; n < 1000; n++) {
      assert.equal(omnibus.sendChannelMessage("news", "n", n), true);
    }
    assert.equal(omnibus.sendChannelMessage("news", "n", 1000), false);
    server.socket.open();
    server.socket.take();
    server.socket.answer("authenticate", true);
    const sent = server.socket.take();
    assert.equal(sent.length, 1000);
    assert.equal(sent[999], `news:{"type":"n","sender":"${omnibus.getId()}","payload":999}`);
  });

  it("tells that authentication has failed, breaks promises, and tries again later", async () => {
    const omnibus = connect({ authToken: "42:wrong" });
    const channel = omnibus.openChannel("news");
    const log = heard(omnibus);
    const broken = [omnibus.connected(), channel.subscribed(), channel.publish("hello")];
    omnibus.sendChannelMessage("news", "kept", 1);
    server.socket.open();
    server.socket.answer("authenticate", false);
    const answer = { type: "authenticate", success: false, payload: null };
    const info = { code: 1008, reason: "not authenticated", reconnects: true };
    assert.deepEqual(log, ["connected", ["unauthenticated", answer], ["disconnected", info]]);
    for (const promise of broken) {
      await assert.rejects(promise, { name: "OmnibusError", data: answer });
    }
    assert.equal(server.socket.isClosed, true);
    clock.pass(5_000);
    assert.equal(server.sockets.length, 1);
    clock.pass(500);
    assert.equal(server.sockets.length, 2);
    server.socket.open();
    server.socket.take();
    server.socket.answer("authenticate", true);
    // What was kept for the refused client is gone; the channel is not.
    assert.deepEqual(server.socket.take(), ["!subscribe:news"]);
  });

  it("asks a token function once, and again when the server refuses what it said", async () => {
    const tokens = ["42:old", "42:new", "42:newer"];
    const omnibus = connect({ authToken: async () => tokens.shift() });
    server.socket.open();
    assert.deepEqual(server.socket.take(), []);
    await settle();
    assert.deepEqual(server.socket.take(), [`!authenticate:${omnibus.getId()}:42:old`]);
    server.socket.answer("authenticate", true);
    server.socket.end(1006, "");
    clock.pass(500);
    // A token that was good is used again.
    server.socket.open();
    assert.deepEqual(server.socket.take(), [`!authenticate:${omnibus.getId()}:42:old`]);
    // Until it has run out: then the same connection goes on with another one.
    server.socket.answer("authenticate", false);
    await settle();
    assert.deepEqual(server.socket.take(), [`!authenticate:${omnibus.getId()}:42:new`]);
    const log = heard(omnibus);
    server.socket.answer("authenticate", false);
    assert.equal(log[0][0], "unauthenticated");
    clock.pass(6_000);
    server.socket.open();
    await settle();
    assert.deepEqual(server.socket.take(), [`!authenticate:${omnibus.getId()}:42:newer`]);
  });

  it("asks for a new token when the server has closed because of the old one", async () => {
    let asked = 0;
    connect({ authToken: () => `42:${++asked}` });
    server.socket.open();
    await settle();
    server.socket.serve();
    server.socket.end(3001, "token has expired");
    clock.pass(500);
    server.socket.open();
    await settle();
    assert.equal(asked, 2);
  });

  it("tells when a token function fails, and tries again", async () => {
    let isBroken = true;
    const omnibus = connect({
      authToken: () => {
        if (isBroken) throw new Error("no token today");
        return "";
      },
    });
    const log = heard(omnibus);
    server.socket.open();
    await settle();
    assert.deepEqual(
      log.map(entry => entry[0]),
      ["c", "error", "disconnected"],
    );
    assert.match(String(log[1][1]), /no token today/);
    isBroken = false;
    clock.pass(500);
    server.socket.open();
    await settle();
    // No token is a client without one.
    assert.deepEqual(server.socket.take(), [`!authenticate:${omnibus.getId()}`]);
  });

  it("gives no late token to another socket", async () => {
    const answers = [];
    connect({ authToken: () => new Promise(answer => answers.push(answer)) });
    server.socket.open();
    await settle();
    server.socket.end(1006, "");
    clock.pass(500);
    const [first, second] = server.sockets;
    second.open();
    answers[0]("42:late");
    await settle();
    assert.deepEqual([...first.sent, ...second.sent], []);
    answers[1]("42:in time");
    await settle();
    assert.equal(second.sent.length, 1);
  });

  it("ends when it is closed: no socket, no timer, no channel, until it is asked to connect", async () => {
    const omnibus = connect();
    const channel = omnibus.openChannel("news");
    server.socket.welcome();
    const log = heard(omnibus);
    const news = heard(channel);
    omnibus.close();
    assert.deepEqual(log, [["disconnected", { code: 1000, reason: "", reconnects: false }]]);
    assert.deepEqual(news, ["unsubscribed", "destroy"]);
    assert.equal(server.socket.isClosed, true);
    assert.equal(clock.running, 0);
    await assert.rejects(omnibus.connected(), /was closed/);
    await assert.rejects(channel.subscribed(), /was closed/);
    assert.equal(omnibus.sendChannelMessage("news", "late"), false);
    omnibus.close();
    assert.equal(log.length, 1);

    assert.equal(omnibus.connect(), omnibus);
    const again = omnibus.openChannel("news");
    assert.notEqual(again, channel);
    const connected = omnibus.connected();
    server.socket.welcome();
    assert.equal(await connected, omnibus);
    assert.equal(await again.subscribed(), again);
    assert.equal(await omnibus.connected(), omnibus);
  });

  it("can be closed while it waits for its next attempt", () => {
    const omnibus = connect();
    server.socket.end(1006, "");
    omnibus.close();
    clock.pass(100_000);
    assert.deepEqual([server.sockets.length, clock.running], [1, 0]);
  });

  it("can be closed by a handler of any of its events", () => {
    for (const name of ["connected", "authenticated", "disconnected"]) {
      const omnibus = connect();
      omnibus.openChannel("news");
      omnibus.on(name, () => omnibus.close());
      server.socket.open();
      server.socket.serve();
      server.socket.end(1006, "");
      clock.pass(100_000);
      assert.equal(clock.running, 0, name);
      assert.equal(omnibus.isConnected(), false, name);
    }
    assert.equal(server.sockets.length, 3);
  });

  it("refuses to be made without transport or address, as the original does", () => {
    assert.throws(() => new Omnibus("ws://one/ec"), /transport/);
    assert.throws(() => new Omnibus(server.Transport, []), /url/);
    assert.throws(() => new Omnibus(server.Transport), /url/);
    server.isBroken = true;
    assert.throws(connect, /no socket can be made/);
  });

  it("writes what happens to the console where asked, but no token", context => {
    const lines = [];
    context.mock.method(console, "log", (...parts) => lines.push(parts.join("")));
    connect({ debug: true, authToken: "42:planted" });
    server.socket.welcome();
    assert.ok(lines.some(line => line.includes("Out: !authenticate:")), lines.join("\n"));
    assert.ok(!lines.join().includes("planted"), lines.join("\n"));
  });
});
