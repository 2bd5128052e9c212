"use strict";
// How does one drive two browser windows from a test.
//
// Reads one JSON object a line and answers each with one:
//   {"do": "open", "window": "left", "url": "http://…", "width": 640, "height": 420}
//   with "files": {"/static/a.js": "/…/a.js"} these come from there, instead of from the server
//   with "trusting": true any certificate will do
//   {"do": "move", "window": "left", "x": 100, "y": 200}
//   {"do": "look", "window": "left"}   -> {"state": "…", "mice": [{"x": …, "y": …, "name": "…"}], "errors": […]}
//   {"do": "run", "window": "left", "script": "1 + 1"}   -> {"value": 2, "errors": […]}
//   {"do": "go", "window": "left", "url": "http://…"}
//   {"do": "fill", "window": "left", "into": "#name", "text": "Anna"}   and "click" on, "press" a key in, "choose" a file for
//   {"do": "download", "window": "left", "by": "a", "path": "…"}   clicks, and keeps the file that comes
//   {"do": "offline", "window": "left", "is": true}   pulls the window's network cable
//   {"do": "close", "window": "left"}
//   {"do": "picture", "windows": ["left", "right"], "path": "….png"}   side by side, as a desktop shows them

const { tell, serve, installed } = require("./lines.js");

const { chromium } = installed("playwright-core");

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const windows = new Map();
let browser = null;

async function open({ window, url, width, height, files = {}, trusting = false }) {
  browser ||= await chromium.launch({ executablePath: process.env.OMNIBUS_TEST_CHROMIUM, args: FLAGS });
  // A context of its own is a window of another user: no storage is shared.
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: "light", ignoreHTTPSErrors: trusting });
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", error => errors.push(String(error)));
  windows.set(window, { page, errors });
  if (Object.keys(files).length) {
    // A page that comes from no address has to ask its user before it may talk to this machine.
    await context.grantPermissions(["local-network-access"]);
  }
  for (const [path, file] of Object.entries(files)) {
    await page.route(asked => asked.pathname === path, route => route.fulfill({ path: file }));
  }
  await page.goto(url);
  return {};
}

async function move({ window, x, y }) {
  await windows.get(window).page.mouse.move(x, y, { steps: 4 });
  return {};
}

async function look({ window }) {
  const { page, errors } = windows.get(window);
  const seen = await page.evaluate(() => {
    const mice = [...document.querySelectorAll(".mouse")].map(mouse => {
      const place = new DOMMatrix(mouse.style.transform);
      return { x: place.e, y: place.f, name: mouse.textContent };
    });
    return { state: document.getElementById("state").textContent, mice };
  });
  return { ...seen, errors };
}

async function run({ window, script }) {
  const { page, errors } = windows.get(window);
  for (;;) {
    try {
      return { value: await page.evaluate(script), errors };
    } catch (error) {
      // The window was on its way to another page: the question is for that one.
      if (!String(error).includes("Execution context was destroyed")) throw error;
      await page.waitForLoadState();
    }
  }
}

async function go({ window, url }) {
  await windows.get(window).page.goto(url);
  return {};
}

async function fill({ window, into, text }) {
  await windows.get(window).page.fill(into, text);
  return {};
}

async function click({ window, on }) {
  await windows.get(window).page.click(on);
  return {};
}

async function press({ window, on, key }) {
  await windows.get(window).page.press(on, key);
  return {};
}

async function choose({ window, on, path }) {
  await windows.get(window).page.setInputFiles(on, path);
  return {};
}

async function download({ window, by, path }) {
  const { page } = windows.get(window);
  const [file] = await Promise.all([page.waitForEvent("download"), page.click(by)]);
  await file.saveAs(path);
  return { name: file.suggestedFilename() };
}

async function offline({ window, is }) {
  await windows.get(window).page.context().setOffline(is);
  return {};
}

async function close({ window }) {
  const { page } = windows.get(window);
  await page.close({ runBeforeUnload: false });
  await page.context().close();
  windows.delete(window);
  return {};
}

/** A page that frames what the windows show, and where their mouse is, which no screenshot has. */
function desktop(shots) {
  const frames = shots.map(({ png, url, cursor }) => `
    <figure>
      <figcaption><i></i><i></i><i></i><span>${url}</span></figcaption>
      <div><img src="data:image/png;base64,${png.toString("base64")}">
        <svg ${cursor ? "" : "hidden"} style="left:${cursor?.x}px;top:${cursor?.y}px" width="16" height="22" viewBox="0 0 16 22">
          <path d="M1 1v17l4.5-4 3 7 2.5-1-3-7H14z" fill="#000" stroke="#fff"/></svg></div>
    </figure>`);
  return `<!doctype html><style>
    body { margin: 0; padding: 24px; display: inline-flex; gap: 24px; background: #c9ced8; font: 12px sans-serif }
    figure { margin: 0; border-radius: 8px; overflow: hidden; box-shadow: 0 6px 20px #0004 }
    figcaption { display: flex; align-items: center; gap: 6px; padding: 8px 12px; background: #e6e8ec; color: #444 }
    i { width: 10px; height: 10px; border-radius: 50%; background: #b9bec8 }
    [hidden] { display: none }
    span { margin-left: 8px } div { position: relative } img { display: block } svg { position: absolute }
  </style>${frames.join("")}`;
}

async function picture({ windows: names, path, cursors = [], port = 4242 }) {
  const shots = [];
  for (const [at, name] of names.entries()) {
    const { page } = windows.get(name);
    shots.push({ png: await page.screenshot(), url: page.url().replace(/\/\/[^/]*/, `//localhost:${port}`), cursor: cursors[at] });
  }
  const page = await browser.newPage({ viewport: { width: 2000, height: 1200 } });
  await page.setContent(desktop(shots));
  await page.locator("body").screenshot({ path });
  await page.close();
  return {};
}

const actions = { open, move, look, run, go, fill, click, press, choose, download, offline, close, picture };

serve(async request => tell(await actions[request.do](request)));
