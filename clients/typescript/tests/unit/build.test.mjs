// Is what is published what the sources say, and small?

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import { gzipSync } from "node:zlib";
import { bundle, served } from "../../scripts/build.mjs";
import { generate, parse, target } from "../../scripts/close_codes.mjs";
import { modules } from "../../scripts/installed.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = name => readFileSync(join(root, "dist", name), "utf8");
const GZIPPED_BYTES_MAX = 5 * 1024;

describe("the build", () => {
  let files;
  before(async () => {
    files = await bundle();
  });

  it("is that of the present sources, in dist and in the server", () => {
    const mend = "run `npm run build` in clients/typescript and commit what changes";
    for (const [name, text] of Object.entries(files)) {
      assert.ok(dist(name) === text, `dist/${name} is out of date; ${mend}`);
    }
    assert.ok(readFileSync(served, "utf8") === files["omnibus.umd.js"], `${served} is out of date; ${mend}`);
  });

  it("is at most 5 KiB, gzipped", context => {
    for (const [name, text] of Object.entries(files)) {
      const bytes = gzipSync(text, { level: 9 }).length;
      context.diagnostic(`${name}: ${bytes} bytes gzipped, ${text.length} as they are`);
      assert.ok(bytes <= GZIPPED_BYTES_MAX, `${name} is ${bytes} bytes gzipped, the limit is ${GZIPPED_BYTES_MAX}`);
    }
  });

  it("has the close codes of the specification", () => {
    const text = readFileSync(target, "utf8");
    assert.equal(text, generate(), "src/close_codes.ts is out of date; run `npm run generate` and `npm run build`");
  });

  it("reads of the close codes what it understands, and nothing else", () => {
    assert.deepEqual(parse('# a\n\n[[close]]\nname = "a"\ncode = 1_000\nreconnect = false\n'), [{ name: "a", code: 1000, reconnect: false }]);
    for (const text of ['[[close]]\ncolour = "red"', "[[close]]\ncode = 1.5", "[close]", 'name = "a"']) {
      assert.throws(() => parse(text), /can be read/);
    }
  });

  it("gives a page, an AMD loader and CommonJS the same class", () => {
    const page = vm.createContext({});
    page.self = page;
    vm.runInContext(files["omnibus.umd.js"], page);
    assert.deepEqual(Object.keys(page), ["self", "Omnibus"]);
    const modules = [];
    const define = make => modules.push(make());
    define.amd = {};
    vm.runInNewContext(files["omnibus.umd.js"], { define });
    const module = { exports: {} };
    vm.runInNewContext(files["omnibus.umd.js"], { module, exports: module.exports });
    for (const Omnibus of [page.Omnibus, modules[0], module.exports]) {
      assert.equal(Omnibus.events.CHANNEL_SUBSCRIBED, "subscribed");
      assert.equal(Omnibus.defaults.autoReconnectTimeout, 500);
      assert.match(Omnibus.version, /^\d+\.\d+\.\d+$/);
    }
  });
});

describe("the package", () => {
  let project;
  before(() => {
    project = mkdtempSync(join(tmpdir(), "omnibus-client-"));
    // npm's own files go elsewhere, and nothing is asked of the network.
    const npm = (...args) => execFileSync("npm", [...args, "--offline", "--no-audit", "--no-fund", "--cache", join(project, "cache")], { cwd: project, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const [{ filename }] = JSON.parse(npm("pack", root, "--json", "--ignore-scripts"));
    writeFileSync(join(project, "package.json"), '{ "private": true }');
    npm("install", join(project, filename));
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  const run = (name, text) => {
    writeFileSync(join(project, name), text);
    return execFileSync(process.execPath, [name], { cwd: project, encoding: "utf8" }).trim();
  };

  it("is found by import and by require in an empty project, with nothing beside it", () => {
    const use = "console.log([Omnibus.name.length > 0, Omnibus.events.CHANNEL_CLOSE].join())";
    assert.equal(run("a.mjs", `import Omnibus, { Channel, OmnibusError } from "omnibus-client"; ${use}; new Channel; new OmnibusError`), "true,close");
    assert.equal(run("a.cjs", `const Omnibus = require("omnibus-client"); ${use}`), "true,close");
    const { dependencies = {} } = JSON.parse(readFileSync(join(project, "node_modules/omnibus-client/package.json"), "utf8"));
    assert.deepEqual(dependencies, {});
    assert.match(readFileSync(join(project, "node_modules/omnibus-client/README.md"), "utf8"), /^# /);
  });

  it("has types that hold for both, and refuse what is wrong", () => {
    const use = `
const omnibus = new Omnibus(WebSocket, ["ws://a/ec", "ws://b/ec"], { authToken: async () => "42:v2", heartbeat: 0 });
const id: string = omnibus.getId();
const sent: boolean = omnibus.openChannel("news").on("say", event => event.data.payload).send("say", { id });
async function read(): Promise<void> {
  await (await omnibus.connected()).openChannel("news").publish("say");
  for await (const { type, payload } of omnibus.openChannel("news").messages) console.log(type.length, payload, sent);
}
omnibus.on("disconnected", ({ data }) => data.code).close();
// @ts-expect-error
omnibus.openChannel(5);
// @ts-expect-error
omnibus._link;
// @ts-expect-error
new Omnibus(WebSocket, "ws://a/ec", { autoReconect: true });
read();
`;
    mkdirSync(join(project, "types"), { recursive: true });
    writeFileSync(join(project, "types/esm.mts"), `import Omnibus, { type Message } from "omnibus-client";${use}export type M = Message;`);
    writeFileSync(join(project, "types/cjs.cts"), `import Omnibus = require("omnibus-client");${use}`);
    symlinkSync(modules, join(project, "types/node_modules"));
    const options = ["--noEmit", "--strict", "--target", "es2020", "--lib", "es2020,dom", "--module", "nodenext", "--types", ""];
    const check = file => execFileSync(process.execPath, [join(modules, "typescript/bin/tsc"), ...options, join("types", file)], { cwd: project, encoding: "utf8" });
    for (const file of ["esm.mts", "cjs.cts"]) {
      try {
        check(file);
      } catch ({ stdout }) {
        assert.fail(stdout);
      }
    }
  });
});
