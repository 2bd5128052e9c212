// Does the client hold to real servers through what happens to them?

import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { Omnibus } from "../support/client.mjs";
import { below, eventually, foreign, omnibusd, original, proxy, SOCKJS } from "../support/peers.mjs";

const { WebSocket } = foreign("ws");
const SockJS = foreign("sockjs-client");

const USERS = {
  OMNIBUS_AUTHENTICATOR_FACTORY: "omnibus.factories.userauthenticator_factory",
  ORIGINAL_SECRET_KEY: "test123key",
  ORIGINAL_USERS: '[{"id": 123, "staff": true}]',
};
/** The vector that was recorded for user 123 under this key. */
const TOKEN = "123:5570b1b049c7207a09fd22f587ed7019f8c50453";

const ending = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

function running(server) {
  ending.push(() => server.stop());
  return server;
}

function connect(Transport, url, options) {
  const omnibus = new Omnibus(Transport, url, { autoReconnectTimeout: 100, ...options });
  ending.push(() => omnibus.close());
  return omnibus;
}

/** Two clients of a channel, of which the second writes down what it hears. */
async function pair(Transport, url, otherUrl = url, options) {
  const one = connect(Transport, url, options).openChannel("news");
  const other = connect(Transport, otherUrl, options).openChannel("news");
  const heard = [];
  other.on("say", ({ data }) => heard.push(data.payload));
  await Promise.all([one.subscribed(), other.subscribed()]);
  return { one, other, heard };
}

/** Sends until something of it arrives: what is sent while a server starts may be lost. */
async function talk({ one, heard }, word) {
  await eventually(word, () => one.send("say", word) && heard.includes(word));
}

const kinds = {
  "the original's server": { start: original, url: server => server.url, Transport: WebSocket },
  omnibusd: { start: omnibusd, url: server => server.url, Transport: WebSocket },
  "omnibusd over SockJS": { start: () => omnibusd(SOCKJS), url: server => server.httpUrl, Transport: SockJS },
  "the original's server over SockJS": { start: () => original(SOCKJS), url: server => server.httpUrl, Transport: SockJS },
};

for (const [name, { start, url, Transport }] of Object.entries(kinds)) {
  describe(name, () => {
    it("may end and start again: its clients find each other by themselves", async () => {
      const server = running(await start());
      const clients = await pair(Transport, url(server));
      await talk(clients, "before");
      await server.stop("SIGKILL");
      await eventually("the end is seen", () => !clients.one.isSubscribed() && !clients.other.isSubscribed());
      await server.start();
      await Promise.all([clients.one.subscribed(), clients.other.subscribed()]);
      await talk(clients, "after");
    });

    it("carries what promises and iterations say", async () => {
      const server = running(await start());
      const clients = await pair(Transport, url(server));
      await talk(clients, "first");
      const read = (async () => {
        for await (const { type, payload } of clients.other.messages) {
          if (type === "close") return payload;
        }
      })();
      await clients.one.publish("close", { n: 1 });
      assert.deepEqual(await read, { n: 1 });
      assert.equal(clients.other.isSubscribed(), true);
    });
  });
}

describe("a login", () => {
  it("that the server refuses is told, and one with a fresh token is good", async () => {
    const server = running(await original(USERS));
    const answers = [];
    const refused = connect(WebSocket, server.url, { authToken: "123:wrong" });
    refused.on("unauthenticated", ({ data }) => answers.push(data));
    await assert.rejects(refused.connected(), /refuses/);
    assert.deepEqual(answers, [{ type: "authenticate", success: false, payload: null }]);

    const tokens = ["123:old", TOKEN];
    const omnibus = connect(WebSocket, server.url, { authToken: async () => tokens.shift() });
    // What was true once has run out: here it never was.
    await assert.rejects(omnibus.connected(), /refuses/);
    await omnibus.connected();
    await omnibus.openChannel("news").subscribed();
    assert.deepEqual(tokens, []);
  });

  it("of nobody is let in, and every channel refused", async () => {
    const server = running(await original(USERS));
    const omnibus = connect(WebSocket, server.url);
    const refused = [];
    omnibus.on("refused", ({ data }) => refused.push(data.getName()));
    await assert.rejects(omnibus.openChannel("news").subscribed(), /refuses channel news/);
    assert.deepEqual(refused, ["news"]);
    assert.equal(omnibus.isAuthenticated(), true);
  });
});

describe("of two servers", () => {
  it("the second is taken when the first ends, and talks with those who were there before", async () => {
    const director = running(await omnibusd());
    const forwarder = running(await omnibusd(below(director)));
    const clients = await pair(WebSocket, [forwarder.url, director.url], director.url);
    await talk(clients, "by the forwarder");
    await forwarder.stop();
    await eventually("the end is seen", () => !clients.one.isSubscribed());
    const before = Date.now();
    await clients.one.subscribed();
    // A server that stops asks for half a second; its neighbour is tried then.
    assert.ok(Date.now() - before < 2_000, `${Date.now() - before} ms`);
    await talk(clients, "by the director");
  });

  it("the second is taken when the first was never there", async () => {
    const director = running(await omnibusd());
    const nobody = await proxy(1);
    ending.push(() => nobody.close());
    nobody.close();
    await connect(WebSocket, [nobody.url, director.url]).connected();
  });
});

describe("a network", () => {
  it("that breaks is mended without anybody's doing, and what is sent meanwhile is refused", async () => {
    const server = running(await omnibusd());
    const cable = await proxy(server.port);
    ending.push(() => cable.close());
    const clients = await pair(WebSocket, cable.url, server.url);
    await talk(clients, "before");
    cable.break();
    await eventually("the break is seen", () => !clients.one.isSubscribed());
    assert.equal(clients.one.send("say", "lost"), false);
    await clients.one.publish("say", "kept");
    await eventually("what was kept", () => clients.heard.includes("kept"));
    assert.ok(!clients.heard.includes("lost"));
  });

  it("that swallows everything is noticed by silence, and left for another", async () => {
    const server = running(await omnibusd());
    const cable = await proxy(server.port);
    ending.push(() => cable.close());
    const clients = await pair(WebSocket, [cable.url, server.url], server.url, { heartbeat: 300, answerTimeout: 300 });
    await talk(clients, "before");
    // A living server that says nothing is kept.
    await new Promise(done => setTimeout(done, 1_500));
    assert.equal(clients.one.isSubscribed(), true);
    cable.cut();
    await eventually("the silence is noticed", () => !clients.one.isSubscribed(), 2_000);
    await clients.one.subscribed();
    await talk(clients, "after");
  });
});
