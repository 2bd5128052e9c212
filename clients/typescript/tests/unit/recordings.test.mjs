// Does the client understand what the original server was recorded to answer?

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Clock } from "../support/clock.mjs";
import { Omnibus } from "../support/client.mjs";
import { fakeServer, heard } from "../support/server.mjs";

const file = new URL("../../../../spec/transcripts/original-n.json", import.meta.url);
const { recordings } = JSON.parse(readFileSync(file, "utf8"));

const isName = name => /^[^!:]+$/.test(name);

/** The texts that pass between one client of a recording and the server, as `[direction, text]`. */
function texts(recording, who) {
  return recording.steps
    .filter(([client, , op, data]) => client === who && op === "text" && typeof data === "string")
    .map(([, direction, , data]) => [direction, data]);
}

const clients = recordings.flatMap(recording => {
  const names = [...new Set(recording.steps.map(([client]) => client))];
  return names.map(who => ({ title: `${recording.id} ${who}: ${recording.title}`, texts: texts(recording, who) }));
});
const told = clients.filter(({ texts }) => texts.some(([direction]) => direction === "<"));

describe("what the original server said", () => {
  let clock, server, omnibus;
  beforeEach(() => {
    clock = new Clock().install();
    server = fakeServer();
    omnibus = new Omnibus(server.Transport, "ws://one/ec");
  });
  afterEach(() => clock.remove());

  it("was recorded", () => assert.ok(told.length > 20, `${told.length}`));

  for (const { title, texts } of told) {
    it(title, () => replay(texts));
  }

  /** Opens and closes what the recorded client did, and hears what it heard. */
  function replay(texts) {
    const logs = new Map();
    const expected = new Map();
    server.socket.welcome();
    for (const [direction, text] of texts) {
      const [, command, argument] = /^!(subscribe|unsubscribe):(.*)$/s.exec(text) ?? [];
      const channel = text.slice(0, Math.max(0, text.indexOf(":")));
      if (direction === ">") {
        if (command === "subscribe" && isName(argument) && !logs.has(argument)) {
          logs.set(argument, heard(omnibus.openChannel(argument)));
          expected.set(argument, []);
        } else if (command === "unsubscribe" && isName(argument)) {
          omnibus.closeChannel(argument);
        }
        continue;
      }
      server.socket.say(text);
      if (command) {
        const { success, payload } = JSON.parse(argument);
        const events = expected.get(payload.channel);
        if (events && success) {
          events.push(...(command === "subscribe" ? ["subscribed"] : ["close", "unsubscribed", "destroy"]));
        }
      } else if (expected.has(channel)) {
        const message = readable(text.slice(channel.length + 1));
        if (message) {
          expected.get(channel).push([String(message.type), message]);
        }
      }
    }
    for (const [channel, events] of expected) {
      assert.deepEqual(sorted(logs.get(channel)), sorted(events), channel);
    }
    assert.equal(omnibus.isAuthenticated(), lastAnswer(texts));
  }
});

/** `close` comes when the page asks, before the answer: the order is another test's. */
const sorted = events => events.map(event => JSON.stringify(event)).sort();

function readable(text) {
  try {
    const message = JSON.parse(text);
    return typeof message === "object" && message;
  } catch {
    return null;
  }
}

/** What the server said last about who the client is; without a word it stays let in. */
function lastAnswer(texts) {
  const answers = texts.filter(([direction, text]) => direction === "<" && text.startsWith("!authenticate:"));
  const last = answers[answers.length - 1];
  return last ? JSON.parse(last[1].slice("!authenticate:".length)).success : true;
}
