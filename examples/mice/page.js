"use strict";
// Every window shows the mice of all others.
//
// One channel. Pages say "hello" when they come, "move" and "click"; "disconnect" is published by
// the server for a page that has gone, because its settings say `announce_leave`.

const MICE_MAX = 200;
const MOVES_PER_SECOND = 30;

const { endpoint, token } = document.body.dataset;
const omnibus = new Omnibus(WebSocket, endpoint, { authToken: token });
const channel = omnibus.openChannel("mice");

// ---- what the others say

const mice = new Map(); // the element that shows it, by the identifier of its page

channel.on("hello", () => tellPlace());
channel.on("move", ({ data: { sender, payload } }) => move(sender, payload));
channel.on("click", ({ data: { sender } }) => ring(sender));
channel.on("disconnect", ({ data: { sender } }) => remove(sender));

channel.on("subscribed", () => {
  channel.send("hello");
  show();
});
// Who leaves while we are away is not told to us: who is still there answers our next hello.
channel.on("unsubscribed", () => [...mice.keys()].forEach(remove));

function move(id, { x, y, name }) {
  if (!mice.has(id) && mice.size < MICE_MAX) {
    mice.set(id, element(id));
  }
  const mouse = mice.get(id);
  if (mouse) {
    mouse.style.transform = `translate(${x * innerWidth}px, ${y * innerHeight}px)`;
    mouse.querySelector("b").textContent = name; // as text: a name may look like HTML
    show();
  }
}

function remove(id) {
  mice.get(id)?.remove();
  mice.delete(id);
  show();
}

function element(id) {
  const mouse = document.createElement("div");
  mouse.className = "mouse";
  mouse.style.setProperty("--hue", hue(id));
  mouse.innerHTML = '<svg viewBox="0 0 20 24"><path d="M2 1l15 13-7 1-4 7z"/></svg><b></b>';
  document.body.append(mouse);
  return mouse;
}

function ring(id) {
  const mouse = mice.get(id);
  if (mouse) {
    const place = mouse.getBoundingClientRect();
    const ring = document.createElement("div");
    ring.className = "ring";
    ring.style.cssText = `left: ${place.x}px; top: ${place.y}px; --hue: ${hue(id)}`;
    ring.addEventListener("animationend", () => ring.remove());
    document.body.append(ring);
  }
}

/** A colour for an identifier; the golden angle sets even neighbours far apart. */
function hue(id) {
  return [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65536, 7) * 137.508 % 360;
}

function show() {
  const others = mice.size === 0 ? "nobody else here" : mice.size === 1 ? "1 other mouse" : `${mice.size} other mice`;
  const state = document.getElementById("state");
  state.textContent = channel.isSubscribed() ? others : "connecting";
  state.classList.toggle("here", channel.isSubscribed());
}

// ---- what this page says

const name = document.getElementById("name");
name.value = localStorage.getItem("name") || invented();
name.addEventListener("input", () => {
  localStorage.setItem("name", name.value);
  tellPlace();
});

let place = null; // of our own mouse, as fractions of the window: windows differ in size
let isWaiting = false;

addEventListener("pointermove", event => {
  place = { x: round(event.clientX / innerWidth), y: round(event.clientY / innerHeight) };
  if (!isWaiting) {
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      tellPlace();
    }, 1000 / MOVES_PER_SECOND);
  }
});
addEventListener("pointerdown", () => channel.send("click"));

function tellPlace() {
  if (place) {
    channel.send("move", { ...place, name: name.value });
  }
}

function round(fraction) {
  return Math.round(fraction * 10_000) / 10_000;
}

function invented() {
  const pick = words => words[Math.floor(Math.random() * words.length)];
  return pick(["Quiet", "Bold", "Swift", "Calm", "Bright"]) + " " + pick(["Otter", "Heron", "Lynx", "Wren", "Hare"]);
}
