"use strict";
// How does one drive the original's JavaScript client from a test.
//
// Reads one JSON object a line:
//   {"do": "connect", "client": "a", "url": "ws://…", "options": {"authToken": "…"}}
//   {"do": "open", "client": "a", "channel": "foo"}
//   {"do": "send", "client": "a", "channel": "foo", "type": "hello", "payload": {}}
//   {"do": "close", "client": "a", "channel": "foo"}
// and tells what happens as it happens:
//   {"client": "a", "id": "…"}                        connect was called
//   {"client": "a", "out": "!authenticate:…"}         the client sends
//   {"client": "a", "in": "!authenticate:…"}          the client receives
//   {"client": "a", "event": "connected"}             the connection has an event
//   {"client": "a", "channel": "foo", "event": "subscribed", "message": …}
//   {"client": "a", "result": true}                   what the client's function returned

const path = require("node:path");
const { tell, serve, installed } = require("./lines.js");

// The client reaches for the page's window for its timers.
globalThis.window = globalThis;

const Omnibus = require(path.join(process.env.OMNIBUS_TEST_ORIGINAL_STATIC, "omnibus.js"));
const { WebSocket } = installed("ws");

const clients = new Map();

/** The WebSocket of `ws`, which tells what passes through it. */
function heard(client) {
  return class extends WebSocket {
    send(text) {
      tell({ client, out: text });
      super.send(text);
    }

    set onmessage(handler) {
      super.onmessage = event => {
        tell({ client, in: event.data });
        handler(event);
      };
    }
  };
}

function connect({ client, url, options }) {
  const connection = new Omnibus(heard(client), url, options || {});
  connection.on("*", event => tell({ client, event: event.name }));
  clients.set(client, connection);
  tell({ client, id: connection.getId() });
}

function open({ client, channel }) {
  const opened = clients.get(client).openChannel(channel);
  opened.on("*", event => {
    const message = event.data === undefined ? null : event.data;
    tell({ client, channel, event: event.name, message });
  });
}

function send({ client, channel, type, payload }) {
  const opened = clients.get(client).getChannel(channel);
  tell({ client, result: opened === undefined ? null : opened.send(type, payload) });
}

function close({ client, channel }) {
  clients.get(client).getChannel(channel).close();
}

const actions = { connect, open, send, close };

serve(request => actions[request.do](request));
