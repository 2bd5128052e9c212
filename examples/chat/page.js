"use strict";
// Who is here talks with everybody who is here.
//
// Pages say "hello" when they come, answer "here" to another's hello, and say a "line";
// "disconnect" comes from the server for a page that has gone, because its settings say
// `announce_leave`. Nothing is kept: who comes later has missed what was said.
//
// With Django, names are those of the login, and staff may pin a notice: a channel of its own, in
// which the server lets nobody else publish.

const LINES_MAX = 500;
const PEOPLE_MAX = 1000;

const { endpoint, token, user } = document.body.dataset;
// Our own lines come back from the server as well: so all windows have one order.
const omnibus = new Omnibus(WebSocket, endpoint, { authToken: token, ignoreSender: false });
const chat = omnibus.openChannel("chat");
const notices = omnibus.openChannel("notices");

// ---- what is heard

const people = new Map(); // names, by the identifier of their pages

chat.on("hello", ({ data: { sender, payload } }) => {
  const before = people.get(sender);
  if (before !== payload.name) {
    tell(before ? `${before} is now ${payload.name}` : `${payload.name} is here`);
  }
  meet(sender, payload.name);
  if (sender !== omnibus.getId()) {
    chat.send("here", { name: name() });
  }
});
chat.on("here", ({ data: { sender, payload } }) => meet(sender, payload.name));
chat.on("line", ({ data: { sender, payload } }) => {
  meet(sender, payload.name);
  say(sender, payload);
});
chat.on("disconnect", ({ data: { sender } }) => {
  if (people.has(sender)) {
    tell(`${people.get(sender)} has left`);
  }
  people.delete(sender);
  show();
});
chat.on("subscribed", () => chat.send("hello", { name: name() }));
chat.on("unsubscribed", () => {
  people.clear();
  show();
});
notices.on("notice", ({ data: { payload } }) => {
  const notice = document.getElementById("notice");
  notice.textContent = payload.text;
  notice.hidden = false;
});

// ---- what is said

const nameField = document.getElementById("name");
const textField = document.getElementById("text");

/** The name of the login, or the one that was typed here. */
function name() {
  return user ?? nameField.value;
}

if (nameField) {
  nameField.value = localStorage.getItem("name") || invented();
  nameField.addEventListener("change", () => {
    localStorage.setItem("name", nameField.value);
    chat.send("hello", { name: nameField.value });
  });
}

document.getElementById("say").addEventListener("submit", event => {
  event.preventDefault();
  const text = textField.value.trim();
  const isNotice = event.submitter?.value === "notice";
  const isSent = text && (isNotice ? notices.send("notice", { text }) : chat.send("line", { name: name(), text }));
  if (isSent) {
    textField.value = "";
  }
});

// ---- the page; whatever others say becomes text, never HTML

let lastSpeaker = null;

function say(sender, { name, text }) {
  const words = document.createElement("span");
  words.textContent = text;
  const line = add(sender === omnibus.getId() ? "own" : "");
  if (sender !== lastSpeaker) {
    const who = document.createElement("b");
    who.textContent = name;
    line.append(who);
  }
  line.append(words);
  lastSpeaker = sender;
  scrollDown();
}

function tell(what) {
  add("event").textContent = what;
  lastSpeaker = null;
  scrollDown();
}

function add(kind) {
  const lines = document.getElementById("lines");
  const line = document.createElement("li");
  line.className = kind;
  lines.append(line);
  if (lines.children.length > LINES_MAX) {
    lines.firstElementChild.remove();
  }
  return line;
}

function scrollDown() {
  const lines = document.getElementById("lines");
  lines.scrollTop = lines.scrollHeight;
}

function meet(id, name) {
  if (people.has(id) || people.size < PEOPLE_MAX) {
    people.set(id, String(name));
    show();
  }
}

function show() {
  const list = document.getElementById("people");
  list.replaceChildren(...[...people.values()].sort().map(name => {
    const item = document.createElement("li");
    item.textContent = name;
    return item;
  }));
  const state = document.getElementById("state");
  state.textContent = chat.isSubscribed() ? `${people.size} here` : "connecting";
  state.classList.toggle("here", chat.isSubscribed());
}

function invented() {
  const names = ["Ada", "Bo", "Cleo", "Dag", "Edda", "Finn", "Greta", "Hugo", "Ines", "Jonas", "Kaja", "Leo"];
  return names[Math.floor(Math.random() * names.length)];
}
