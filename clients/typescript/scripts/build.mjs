// How do the sources become what is published?
//
//     dist/omnibus.umd.js   for script tags, AMD and CommonJS; omnibusd serves this file
//     dist/omnibus.mjs      for bundlers and Node
//     dist/types/           the types of both

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installed, modules } from "./installed.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const repository = join(root, "../..");
/** The copy that the server has built in, so that it can be built without Node. */
export const served = join(repository, "crates/omnibus-front/src/omnibus.js");

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const banner = `/*! omnibus-client ${version} | MIT OR Apache-2.0 | generated from clients/typescript */`;

const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  // Members with an underscore are nobody else's.
  mangleProps: /^_./,
  target: "es2018",
  charset: "ascii",
  legalComments: "none",
  define: { VERSION: JSON.stringify(version) },
  write: false,
  logLevel: "error",
};

const UMD = {
  before:
    '!function(root,make){"object"==typeof exports&&"undefined"!=typeof module?module.exports=make()' +
    ':"function"==typeof define&&define.amd?define(make):root.Omnibus=make()}' +
    '("undefined"!=typeof self?self:this,function(){"use strict";',
  after: "return bundle.Omnibus});",
};

/** Returns the files by name, and writes none. */
export async function bundle() {
  const { build } = installed("esbuild");
  const made = async options => (await build({ ...shared, ...options })).outputFiles[0].text;
  const umd = await made({ entryPoints: ["src/umd.ts"], format: "iife", globalName: "bundle" });
  const esm = await made({ entryPoints: ["src/index.ts"], format: "esm" });
  return {
    "omnibus.umd.js": `${banner}\n${UMD.before}${umd.trim()}${UMD.after}\n`,
    "omnibus.mjs": `${banner}\n${esm.trim()}\n`,
  };
}

const UMD_TYPES = `// The module itself is the class, with its name for those who take it apart.
import type { Omnibus as Connection } from "./types/index.js" with { "resolution-mode": "import" };

declare const Omnibus: typeof Connection;
type Omnibus = Connection;
export = Omnibus;
export as namespace Omnibus;
`;

/** Writes everything into dist/. */
async function build() {
  const dist = join(root, "dist");
  rmSync(dist, { recursive: true, force: true });
  execFileSync(process.execPath, [join(modules, "typescript/bin/tsc"), "-p", root], { stdio: "inherit" });
  mkdirSync(dist, { recursive: true });
  for (const [name, text] of Object.entries(await bundle())) {
    writeFileSync(join(dist, name), text);
  }
  writeFileSync(join(dist, "omnibus.umd.d.ts"), UMD_TYPES);
  writeFileSync(join(dist, "types/package.json"), '{ "type": "module" }\n');
  copyFileSync(join(dist, "omnibus.umd.js"), served);
  for (const name of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    copyFileSync(join(repository, name), join(dist, name));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build();
}
