// Do channels do what pages expect of them?

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Clock, settle } from "../support/clock.mjs";
import { Omnibus } from "../support/client.mjs";
import { fakeServer, heard } from "../support/server.mjs";

describe("a channel", () => {
  let clock, server, omnibus;
  beforeEach(() => {
    clock = new Clock().install();
    server = fakeServer();
    omnibus = new Omnibus(server.Transport, "ws://one/ec");
  });
  afterEach(() => clock.remove());

  it("has a name that is a text without colons and exclamation marks", () => {
    for (const name of ["", ":foo", "foo:", "foo:bar", "!foo", "foo!", "foo!bar", 1, true, {}, [], null, undefined]) {
      assert.throws(() => omnibus.openChannel(name), /channel name/);
    }
  });

  it("is the same however often it is opened, whatever it is called", () => {
    for (const name of ["news", "toString", "constructor", "__proto__", "hasOwnProperty"]) {
      assert.equal(omnibus.getChannel(name), undefined);
      const channel = omnibus.openChannel(name);
      assert.equal(omnibus.openChannel(name), channel);
      assert.equal(omnibus.getChannel(name), channel);
      assert.equal(channel.getName(), name);
    }
    server.socket.open();
    server.socket.take();
    server.socket.answer("authenticate", true);
    assert.equal(server.socket.take().length, 5);
    // It is asked for once, before the answer and after it.
    omnibus.openChannel("news");
    server.socket.answer("subscribe", true, { channel: "news" });
    omnibus.openChannel("news");
    assert.deepEqual(server.socket.take(), []);
  });

  it("sends when it is subscribed, and says when it does not", () => {
    const channel = omnibus.openChannel("news");
    assert.equal(channel.send("say", 1), false);
    server.socket.welcome();
    assert.equal(channel.send("say", { text: "hi" }), true);
    assert.equal(channel.send("bare"), true);
    const sender = omnibus.getId();
    assert.deepEqual(server.socket.take(), [
      `news:{"type":"say","sender":"${sender}","payload":{"text":"hi"}}`,
      `news:{"type":"bare","sender":"${sender}"}`,
    ]);
  });

  it("is left in four steps, and what is sent in between still goes out", () => {
    const channel = omnibus.openChannel("news");
    server.socket.welcome();
    const log = heard(channel);
    channel.close();
    channel.close();
    assert.equal(channel.send("last"), true);
    server.socket.say('news:{"type":"late"}');
    assert.equal(server.socket.take().length, 2);
    server.socket.answer("unsubscribe", true, { channel: "news" });
    assert.deepEqual(log, ["close", ["late", { type: "late" }], "unsubscribed", "destroy"]);
    assert.equal(channel.isDestroyed(), true);
    assert.equal(channel.send("later"), false);
    assert.equal(omnibus.getChannel("news"), undefined);
    assert.equal(omnibus.closeChannel("news"), false);
    assert.equal(omnibus.closeChannel(channel), false);
  });

  it("is closed by name or by itself, and by nothing else", () => {
    omnibus.openChannel("news");
    const chat = omnibus.openChannel("chat");
    server.socket.welcome();
    assert.equal(omnibus.closeChannel("news"), true);
    assert.equal(omnibus.closeChannel(chat), true);
    assert.deepEqual(server.socket.take(), ["!unsubscribe:news", "!unsubscribe:chat"]);
    for (const nonsense of [1, true, {}, [], null, undefined]) {
      assert.throws(() => omnibus.closeChannel(nonsense), /closeChannel/);
    }
  });

  it("that was never subscribed is not left by close(), and without a word by closeChannel()", () => {
    const channel = omnibus.openChannel("news");
    channel.close();
    assert.equal(channel.isDestroyed(), false);
    assert.equal(omnibus.closeChannel("news"), false);
    assert.equal(channel.isDestroyed(), true);
    server.socket.open();
    server.socket.take();
    server.socket.answer("authenticate", true);
    assert.deepEqual(server.socket.take(), []);
  });

  it("that was asked for is asked to be left by closeChannel()", () => {
    server.socket.welcome();
    const log = heard(omnibus.openChannel("news"));
    assert.equal(omnibus.closeChannel("news"), false);
    assert.deepEqual(server.socket.sent, ["!subscribe:news", "!unsubscribe:news"]);
    server.socket.serve();
    assert.deepEqual(log, ["subscribed", "unsubscribed", "destroy"]);
  });

  it("can be opened again before the server knows that it was left", () => {
    const first = omnibus.openChannel("news");
    server.socket.welcome();
    const old = heard(first);
    first.close();
    const second = omnibus.openChannel("news");
    assert.notEqual(second, first);
    const fresh = heard(second);
    assert.deepEqual(server.socket.take(), ["!unsubscribe:news", "!subscribe:news"]);
    server.socket.answer("unsubscribe", true, { channel: "news" });
    assert.deepEqual([old, fresh], [["close", "unsubscribed", "destroy"], []]);
    server.socket.answer("subscribe", true, { channel: "news" });
    server.socket.say('news:{"type":"hello"}');
    assert.deepEqual(fresh, ["subscribed", ["hello", { type: "hello" }]]);
    assert.equal(omnibus.getChannel("news"), second);
  });

  it("that is being left when the connection is lost is gone", () => {
    const channel = omnibus.openChannel("news");
    server.socket.welcome();
    const log = heard(channel);
    channel.close();
    server.socket.end(1006, "");
    assert.deepEqual(log, ["close", "unsubscribed", "destroy"]);
    clock.pass(500);
    server.socket.open();
    server.socket.take();
    server.socket.answer("authenticate", true);
    assert.deepEqual(server.socket.take(), []);
  });

  it("that the server refuses is told, and asked for again when it is opened again", async () => {
    const channel = omnibus.openChannel("secret");
    const refused = [];
    omnibus.on("refused", ({ data }) => refused.push(data.getName()));
    const promise = channel.subscribed();
    server.socket.open();
    server.socket.answer("authenticate", true);
    server.socket.take();
    server.socket.answer("subscribe", false, { channel: "secret" });
    assert.deepEqual(refused, ["secret"]);
    assert.equal(channel.isSubscribed(), false);
    await assert.rejects(promise, { name: "OmnibusError", message: /refuses channel secret/ });
    assert.equal(omnibus.openChannel("secret"), channel);
    const again = channel.subscribed();
    server.socket.serve();
    assert.equal(await again, channel);
  });

  it("keeps promises: subscribed, and published as soon as that is so", async () => {
    const channel = omnibus.openChannel("news");
    const published = channel.publish("say", 1);
    server.socket.welcome();
    await published;
    assert.equal(server.socket.take().length, 1);
    assert.equal(await channel.subscribed(), channel);
    await channel.publish("say", 2);
    assert.equal(server.socket.take().length, 1);
    // Lost meanwhile, it waits.
    server.socket.end(1006, "");
    const later = channel.publish("say", 3);
    clock.pass(500);
    server.socket.welcome();
    await later;
    assert.equal(server.socket.take().length, 1);
    const broken = omnibus.openChannel("other").publish("say", 4);
    omnibus.close();
    await assert.rejects(broken, /was closed/);
    await settle();
  });
});
