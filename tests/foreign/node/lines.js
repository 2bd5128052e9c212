"use strict";
// How does a script talk with the test that started it: one JSON object a line, both ways.

const readline = require("node:readline");

/** Tells the test something. */
function tell(object) {
  process.stdout.write(JSON.stringify(object) + "\n");
}

/** Tells the test that the script failed, and ends. */
function fail(error) {
  tell({ failure: String((error && error.stack) || error) });
  process.exit(1);
}

/** Carries out what the test asks, one line after the other, until it ends. */
function serve(carryOut) {
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  let last = Promise.resolve();
  const lines = readline.createInterface({ input: process.stdin });
  lines.on("line", line => {
    last = last.then(() => carryOut(JSON.parse(line))).catch(fail);
  });
  // The test has ended, in whatever way.
  lines.on("close", () => process.exit(0));
}

/** Loads one of the installed modules. */
function installed(name) {
  return require(require("node:path").join(process.env.OMNIBUS_TEST_NODE_MODULES, name));
}

module.exports = { tell, fail, serve, installed };
