"use strict";
// How does one put a tab of a browser behind another, from a test.
//
// Pages that playwright drives believe that they are looked at always. These tabs it does not
// know: they hide and show as those of a person do, and their timers wait meanwhile.
//
// Reads one JSON object a line and answers each with one:
//   {"do": "open", "tab": "a", "url": "http://…"}       in front of all others
//   {"do": "evaluate", "tab": "a", "script": "1 + 1"}   -> {"value": 2}; promises are waited for
//   {"do": "show", "tab": "a"}

const { tell, serve, installed } = require("./lines.js");

const { chromium } = installed("playwright-core");

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
/** What playwright adds so that hidden pages run on as if they were seen. */
const NO_FLAGS = [
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

const tabs = new Map();
let browser = null;

async function launch() {
  const executablePath = process.env.OMNIBUS_TEST_CHROMIUM;
  const launched = await chromium.launch({ executablePath, args: FLAGS, ignoreDefaultArgs: NO_FLAGS });
  const session = await launched.newBrowserCDPSession();
  session.on("Target.receivedMessageFromTarget", ({ sessionId, message }) => {
    const { id, error, result } = JSON.parse(message);
    const tab = [...tabs.values()].find(tab => tab.sessionId === sessionId);
    const answer = tab?.answers.get(id);
    tab?.answers.delete(id);
    answer?.(error ? Promise.reject(new Error(error.message)) : result);
  });
  return session;
}

/** Sends a command to a tab and waits for its answer. */
function ask(tab, method, params) {
  const id = ++tab.last;
  const message = JSON.stringify({ id, method, params });
  const answer = new Promise(answer => tab.answers.set(id, answer));
  browser.send("Target.sendMessageToTarget", { sessionId: tab.sessionId, message });
  return answer;
}

async function open({ tab: name, url }) {
  browser ||= await launch();
  const { targetId } = await browser.send("Target.createTarget", { url });
  const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: false });
  tabs.set(name, { targetId, sessionId, last: 0, answers: new Map() });
  // Until the page has come, the tab shows an empty one.
  const script = `location.href === ${JSON.stringify(url)} && document.readyState`;
  while ((await evaluate({ tab: name, script })).value !== "complete") {
    await new Promise(done => setTimeout(done, 10));
  }
  return {};
}

async function evaluate({ tab, script }) {
  const params = { expression: script, returnByValue: true, awaitPromise: true };
  const { result, exceptionDetails } = await ask(tabs.get(tab), "Runtime.evaluate", params);
  if (exceptionDetails) {
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  }
  return { value: result.value ?? null };
}

async function show({ tab }) {
  await browser.send("Target.activateTarget", { targetId: tabs.get(tab).targetId });
  return {};
}

const actions = { open, evaluate, show };

serve(async request => tell(await actions[request.do](request)));
