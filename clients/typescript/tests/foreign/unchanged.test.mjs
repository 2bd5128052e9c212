// Does what was written for omnibus.js run with this client as it did?
//
// The same script runs with the original's file and with ours, at the original's server and at
// ours. What it sees, and what crosses the wire, must be the same.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Omnibus } from "../support/client.mjs";
import { eventually, foreign, omnibusd, original, originalClient, SOCKJS } from "../support/peers.mjs";

const { WebSocket } = foreign("ws");
const SockJS = foreign("sockjs-client");
const Original = originalClient();

/** The transport with its texts written down. */
function overheard(Transport, log) {
  return class {
    constructor(url) {
      const socket = new Transport(url);
      for (const name of ["onopen", "onclose", "onerror"]) {
        socket[name] = event => this[name](event);
      }
      socket.onmessage = event => {
        log.push(`in ${event.data}`);
        this.onmessage(event);
      };
      this.send = text => {
        log.push(`out ${text}`);
        socket.send(text);
      };
      this.close = () => socket.close();
    }
  };
}

/** Writes down what a page hears, as the original's pages listen. */
function page(Client, Transport, url, options) {
  const log = [];
  const connection = new Client(overheard(Transport, log), url, options);
  const { events } = Client;
  for (const name of [events.CONNECTION_CONNECTED, events.CONNECTION_AUTHENTICATED]) {
    connection.on(name, event => log.push(`connection ${event.name} ${event.sender === connection}`));
  }
  const open = name => {
    const channel = connection.openChannel(name);
    channel.on("*", event => log.push(`${name} ${event.name} ${JSON.stringify(event.data)} ${event.sender === channel}`));
    return channel;
  };
  // Identifiers are random: each is put back to its owner's name.
  const told = others => [connection, ...others].reduce((lines, { getId }, at) => {
    const id = getId.call([connection, ...others][at]);
    return lines.map(line => line.split(id).join(at ? "other" : "own"));
  }, log);
  return { connection, open, log, told };
}

/** What a page does: join two channels, talk, leave one, talk on. */
async function script(Client, Transport, url) {
  const other = page(Original, Transport, url);
  const one = page(Client, Transport, url, { authToken: "1:token", unknown: 1 });
  try {
    const results = await talk(one, other);
    return { one: one.told([other.connection]), other: other.told([one.connection]), results };
  } finally {
    [one, other].forEach(end);
  }
}

async function talk(one, other) {
  const heard = other.open("news");
  await eventually("the other is there", () => heard.isSubscribed());
  const news = one.open("news");
  const chat = one.open("chat");
  const results = [news.send("early", 1), one.connection.openChannel("news") === news, news.close()];
  await eventually("both channels", () => news.isSubscribed() && chat.isSubscribed());
  results.push(news.send("say", { text: "Grüße: 😀", n: [1, 2.5, null] }), chat.send("bare"));
  const isOwn = line => line.startsWith("in") && line.includes('"sender"');
  await eventually("own messages", () => one.log.filter(isOwn).length === 2);
  heard.send("answer", "yes");
  await eventually("the answer", () => one.log.some(line => line.startsWith("news answer")));
  results.push(one.connection.closeChannel("chat"), one.connection.closeChannel("nothing"));
  await eventually("the channel's end", () => chat.isDestroyed());
  results.push(one.connection.getChannel("chat"), chat.send("late"), one.connection.openChannel("chat") === chat);
  await eventually("the channel again", () => one.connection.getChannel("chat").isSubscribed());
  results.push(one.connection.isConnected(), one.connection.isAuthenticated(), news.getName());
  return results;
}

/** The original has no end of its own: it is told not to come back, and its socket is ended. */
function end({ connection }) {
  if (connection.close) {
    connection.close();
  } else {
    connection._options.autoReconnect = false;
    connection._socket?.close();
  }
}

/** The original loses the first message after its start. */
async function loseFirst(Transport, url) {
  const omnibus = new Omnibus(Transport, url);
  await omnibus.openChannel("first").publish("lost");
  await new Promise(done => setTimeout(done, 300));
  omnibus.close();
}

const servers = {
  "the original's server": { start: () => original(), url: server => server.url, Transport: WebSocket },
  omnibusd: { start: () => omnibusd(), url: server => server.url, Transport: WebSocket },
  "the original's server over SockJS": {
    start: () => original(SOCKJS),
    url: server => server.httpUrl,
    Transport: SockJS,
  },
  "omnibusd over SockJS": { start: () => omnibusd(SOCKJS), url: server => server.httpUrl, Transport: SockJS },
};

for (const [name, { start, url, Transport }] of Object.entries(servers)) {
  describe(`a page's script, with ${name}`, () => {
    let server;
    before(async () => {
      server = await start();
      await loseFirst(Transport, url(server));
    });
    after(() => server.stop());

    it("sees with this client what it saw with the original", async () => {
      const expected = await script(Original, Transport, url(server));
      const seen = await script(Omnibus, Transport, url(server));
      assert.ok(expected.one.length > 20, expected.one.join("\n"));
      assert.deepEqual(seen, expected);
    });
  });
}
