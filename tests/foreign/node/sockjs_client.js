"use strict";
// How does SockJS's own client reach the server, by one transport at a time?
//
// Reads one JSON object a line:
//   {"do": "node", "url": "http://…/ec", "transport": "xhr-polling"}
//   {"do": "browser", "page": "http://…/healthz", "url": "…", "transport": "…", "script": "sockjs"}
// A client joins the channel `foo`, says something there and hears it: told is what it received,
// and by which transport. `script` is `sockjs`, the client of today, or `original`, the file that
// came with the original.

const path = require("node:path");
const { tell, serve, installed } = require("./lines.js");

const { chromium } = installed("playwright-core");
const SockJS = installed("sockjs-client");

const SCRIPTS = {
  sockjs: path.join(process.env.OMNIBUS_TEST_NODE_MODULES, "sockjs-client/dist/sockjs.js"),
  original: path.join(process.env.OMNIBUS_TEST_ORIGINAL_STATIC, "sockjs.js"),
};

/** Runs in node and in a page alike, so it names nothing from outside. */
function talk([Client, url, transport]) {
  const constructor = Client || globalThis.SockJS;
  // Version 0.3 calls the list otherwise.
  const options = { transports: [transport], protocols_whitelist: [transport] };
  return new Promise(resolve => {
    const received = [];
    const socket = new constructor(url, null, options);
    const used = () => String(socket.protocol || socket.transport || socket._transport);
    socket.onopen = () => {
      socket.send("!authenticate:somebody");
      socket.send("!subscribe:foo");
      socket.send('foo:{"text":"Grüße 😀"}');
    };
    socket.onmessage = event => {
      received.push(event.data);
      if (received.length === 3) {
        const transport = used();
        socket.onclose = null;
        socket.close();
        resolve({ received, transport });
      }
    };
    socket.onclose = event => resolve({ received, closed: [event.code, event.reason] });
  });
}

let browser;

async function inBrowser({ page: address, url, transport, script }) {
  browser ??= await chromium.launch({
    executablePath: process.env.OMNIBUS_TEST_CHROMIUM,
    args: ["--no-sandbox"],
  });
  const page = await browser.newPage();
  await page.goto(address);
  await page.addScriptTag({ path: SCRIPTS[script] });
  const told = await page.evaluate(talk, [null, url, transport]);
  await page.close();
  return told;
}

serve(async request => {
  if (request.do === "node") {
    tell(await talk([SockJS, request.url, request.transport]));
  } else {
    tell(await inBrowser(request));
  }
});
