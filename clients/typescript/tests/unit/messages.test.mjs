// Do messages reach those who are meant, and nobody else?

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Clock, settle } from "../support/clock.mjs";
import { Omnibus } from "../support/client.mjs";
import { fakeServer, heard } from "../support/server.mjs";

describe("a message", () => {
  let clock, server, omnibus, channel;
  beforeEach(() => {
    clock = new Clock().install();
    server = fakeServer();
    omnibus = new Omnibus(server.Transport, "ws://one/ec");
    channel = omnibus.openChannel("news");
    server.socket.welcome();
  });
  afterEach(() => clock.remove());

  const say = body => server.socket.say(`news:${JSON.stringify(body)}`);

  it("reaches the handlers of its type, then those of the wildcard, as an event", () => {
    const events = [];
    const result = channel.on("say", event => events.push(event)).on("*", event => events.push(event));
    assert.equal(result, channel);
    const message = { type: "say", sender: "b", payload: { text: "a: b" } };
    say(message);
    assert.equal(events.length, 2);
    for (const event of events) {
      assert.deepEqual([event.sender, event.name, event.data], [channel, "say", message]);
    }
  });

  it("of this client's own is passed over, unless the page wants it", () => {
    const log = heard(channel);
    say({ type: "own", sender: omnibus.getId() });
    assert.deepEqual(log, []);
    const other = new Omnibus(server.Transport, "ws://one/ec", { ignoreSender: false });
    const all = heard(other.openChannel("news"));
    server.socket.welcome();
    say({ type: "own", sender: other.getId() });
    assert.deepEqual(all.slice(1), [["own", { type: "own", sender: other.getId() }]]);
  });

  it("can't pass for an event of the channel, and is still to be had", () => {
    const fooled = [];
    for (const name of ["subscribed", "unsubscribed", "close", "destroy", "*"]) {
      channel.on(name, event => fooled.push(event.name));
    }
    const told = heard(channel.messages);
    const byType = [];
    channel.messages.on("destroy", ({ data }) => byType.push(data.payload));
    for (const type of ["subscribed", "unsubscribed", "close", "destroy", "*"]) {
      say({ type, payload: 1 });
    }
    assert.deepEqual(fooled, []);
    assert.deepEqual(
      told.map(([name]) => name),
      ["subscribed", "unsubscribed", "close", "destroy", "*"],
    );
    assert.deepEqual(byType, [1]);
    assert.deepEqual([channel.isSubscribed(), channel.isDestroyed()], [true, false]);
    // Events of the channel are none of its messages.
    channel.close();
    server.socket.serve();
    assert.equal(told.length, 5);
    assert.deepEqual(fooled, ["close", "close", "unsubscribed", "unsubscribed", "destroy", "destroy"]);
  });

  it("may be of any type, and called after members that every object has", () => {
    const log = heard(channel);
    for (const type of ["toString", "__proto__", "constructor", 5, true, null, { toString: 1 }, ["a"]]) {
      say({ type });
    }
    say({});
    assert.deepEqual(
      log.map(([name]) => name),
      ["toString", "__proto__", "constructor", "5", "true", "null", "", "", "undefined"],
    );
  });

  it("for another channel, or of this one's beginning, comes to nothing", () => {
    const log = heard(channel);
    const errors = heard(omnibus);
    for (const text of ['new:{"type":"x"}', 'newsflash:{"type":"x"}', 'toString:{"type":"x"}', "other:no json"]) {
      server.socket.say(text);
    }
    assert.deepEqual([log, errors], [[], []]);
  });

  it("that can't be read is told as an error, and hurts nobody", () => {
    const log = heard(omnibus);
    for (const text of ["news:{", "news:", "nonsense", "", "!subscribe:"]) {
      server.socket.say(text);
    }
    assert.equal(log.length, 5);
    assert.ok(log.every(([name, error]) => name === "error" && error instanceof SyntaxError));
    for (const text of ["news:null", "news:5", '!subscribe:{"success":true,"payload":null}', "!authenticate:null", ":", "!:{}", "!nope:{}", '!subscribe:{"success":true,"payload":{"channel":5}}']) {
      server.socket.say(text);
    }
    assert.equal(log.length, 5);
    const news = heard(channel);
    say({ type: "fine" });
    assert.equal(news.length, 1);
  });

  it("reaches all others although a handler throws, and the page learns of it", () => {
    const seen = [];
    channel
      .on("say", () => {
        throw new Error("a page's mistake");
      })
      .on("say", () => seen.push("second"));
    say({ type: "say" });
    assert.deepEqual(seen, ["second"]);
    assert.throws(() => clock.pass(0), /a page's mistake/);
  });

  it("can be waited for one after the other", async () => {
    const read = [];
    const reading = (async () => {
      for await (const { type, payload } of channel.messages) {
        read.push([type, payload]);
        if (payload === 3) break;
      }
    })();
    say({ type: "n", payload: 1 });
    say({ type: "close", payload: 2 });
    await settle();
    say({ type: "n", payload: 3 });
    say({ type: "n", payload: 4 });
    await reading;
    assert.deepEqual(read, [
      ["n", 1],
      ["close", 2],
      ["n", 3],
    ]);
  });

  it("ends an iteration with the channel, after what still waits", async () => {
    const reader = channel.messages[Symbol.asyncIterator]();
    const [first, second] = [reader.next(), reader.next()];
    for (const type of ["a", "b", "c"]) say({ type });
    channel.close();
    server.socket.serve();
    assert.deepEqual((await first).value, { type: "a" });
    assert.deepEqual((await second).value, { type: "b" });
    assert.deepEqual(await reader.next(), { value: { type: "c" }, done: false });
    assert.deepEqual(await reader.next(), { value: undefined, done: true });
    for await (const message of channel.messages) assert.fail(JSON.stringify(message));
  });

  it("ends an iteration with an error where a thousand wait", async () => {
    const reader = channel.messages[Symbol.asyncIterator]();
    for (let n = 0; n <= 1000; n++) say({ type: "n", payload: n });
    for (let n = 0; n < 1000; n++) {
      assert.equal((await reader.next()).value.payload, n);
    }
    await assert.rejects(reader.next(), { name: "OmnibusError", message: /1000 messages wait/ });
    assert.deepEqual(await reader.next(), { value: undefined, done: true });
  });
});
