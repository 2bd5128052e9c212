// Are handlers called as those of the original are?

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { EventBus } from "../../dist/omnibus.mjs";

describe("an event bus", () => {
  let bus, log;
  const first = ({ name, data }) => log.push(["first", name, data]);
  const second = ({ name, data }) => log.push(["second", name, data]);
  beforeEach(() => {
    log = [];
    bus = new EventBus();
    bus.on("a", first).on("a", second).on("b", second);
  });

  it("calls handlers in their order, with sender, name and data", () => {
    let event;
    bus.on("a", seen => (event = seen));
    assert.equal(bus.trigger("a", 1).trigger("b"), bus);
    assert.deepEqual(log, [
      ["first", "a", 1],
      ["second", "a", 1],
      ["second", "b", undefined],
    ]);
    assert.deepEqual([event.sender, event.name, event.data], [bus, "a", 1]);
  });

  it("calls the wildcard's for every event, and once for the wildcard's own", () => {
    bus.off().on("*", first);
    bus.trigger("a").trigger("unknown", 2).trigger("*");
    assert.deepEqual(log, [
      ["first", "a", undefined],
      ["first", "unknown", 2],
      ["first", "*", undefined],
    ]);
  });

  it("forgets one handler, all of an event, or all", () => {
    bus.off("a", first).off("nothing", first).trigger("a", 1);
    assert.deepEqual(log, [["second", "a", 1]]);
    bus.off("a").trigger("a").trigger("b", 2);
    assert.deepEqual(log[1], ["second", "b", 2]);
    assert.equal(bus.off(), bus);
    bus.trigger("b");
    assert.equal(log.length, 2);
  });

  it("calls a handler as often as it was registered, and forgets all of them at once", () => {
    bus.on("a", first).trigger("a");
    assert.equal(log.length, 3);
    bus.off("a", first).trigger("a");
    assert.equal(log.length, 4);
  });

  it("may be changed by its handlers", () => {
    const once = () => {
      bus.off("c", once);
      bus.on("c", second);
    };
    bus.on("c", once).on("c", first).trigger("c");
    assert.deepEqual(log, [
      ["first", "c", undefined],
      ["second", "c", undefined],
    ]);
  });

  it("knows events that are called after members that every object has", () => {
    bus.off("toString").trigger("constructor").on("__proto__", first).trigger("__proto__");
    assert.deepEqual(log, [["first", "__proto__", undefined]]);
  });
});
