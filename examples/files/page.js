"use strict";
// A file that is dropped here arrives in every other window, piece by piece.
//
//     sender                     receivers
//     offer {file, name, …}  ──▶
//                            ◀── got {file, count: 0}    I am here, begin
//     piece {file, at, data} ──▶                         a few at once, not all:
//                            ◀── got {file, count: 1}    the slowest receiver sets the pace
//
// "hello" asks for offers that are still open. "disconnect" comes from the server for a page that
// has gone, because its settings say `announce_leave`.

const FILE_BYTES_MAX = 256 << 20; // a receiver holds it in memory
const PIECE_BYTES = 96 << 10; // 128 KiB in base64; a message may have 1 MiB
const PIECES_UNDER_WAY_MAX = 4; // the server holds 1 MiB for a client that reads slowly
const INCOMING_MAX = 20;

const { endpoint, token } = document.body.dataset;
const omnibus = new Omnibus(WebSocket, endpoint, { authToken: token });
const channel = omnibus.openChannel("files");

const others = new Set(); // the pages that have been heard of
const outgoing = new Map(); // by the transfer's own id
const incoming = new Map();

// ---- sending

let offered = 0;

async function offer(file) {
  const view = row(file.name, file.size);
  if (file.size > FILE_BYTES_MAX) {
    view.end(`too large, the limit is ${bytes(FILE_BYTES_MAX)}`);
    return;
  }
  view.tell(0, "reading");
  const hash = await sha256(file);
  const about = { file: `${omnibus.getId()}/${offered++}`, name: file.name, size: file.size, hash };
  outgoing.set(about.file, { file, about, view, hasBegun: false, receivers: new Map(), wake() {} });
  view.tell(0, others.size ? "offered" : "waiting for a second window");
  channel.send("offer", about);
}

channel.on("got", ({ data: { sender, payload: { file, count } } }) => {
  const transfer = outgoing.get(file);
  if (transfer) {
    transfer.receivers.set(sender, count);
    transfer.wake();
    if (!transfer.hasBegun) {
      transfer.hasBegun = true;
      send(transfer);
    }
  }
});

async function send(transfer) {
  const { file, about, view, receivers } = transfer;
  const count = pieces(file.size);
  // Nobody left is infinitely fast: there is nothing to wait for.
  const slowest = () => Math.min(...receivers.values());
  const next = () => new Promise(resolve => (transfer.wake = resolve));

  for (let at = 0; at < count && receivers.size; at++) {
    const data = await toBase64(file.slice(at * PIECE_BYTES, (at + 1) * PIECE_BYTES));
    while (at >= slowest() + PIECES_UNDER_WAY_MAX) {
      await next();
    }
    channel.send("piece", { file: about.file, at, data });
    view.tell(slowest() / count, `sending, ${percent(slowest() / count)}`);
  }
  while (slowest() < count) {
    await next();
  }
  outgoing.delete(about.file);
  const by = receivers.size === 1 ? "received" : `received by ${receivers.size} windows`;
  view.end(receivers.size ? by : "nobody is left to receive it", receivers.size > 0);
}

// ---- receiving

channel.on("offer", ({ data: { sender, payload } }) => {
  meet(sender);
  const { file, name, size, hash } = payload;
  // What comes from another page is no more than a claim.
  if (incoming.has(file) || incoming.size >= INCOMING_MAX || !(size >= 0 && size <= FILE_BYTES_MAX)) {
    return;
  }
  const transfer = { sender, size, hash, name: String(name), parts: [], view: row(String(name), size) };
  incoming.set(file, transfer);
  channel.send("got", { file, count: 0 });
  finishIfWhole(file, transfer);
});

channel.on("piece", ({ data: { sender, payload: { file, at, data } } }) => {
  const transfer = incoming.get(file);
  if (transfer?.sender === sender && at === transfer.parts.length && at < pieces(transfer.size)) {
    transfer.parts.push(fromBase64(data));
    const part = transfer.parts.length / pieces(transfer.size);
    transfer.view.tell(part, `receiving, ${percent(part)}`);
    channel.send("got", { file, count: transfer.parts.length });
    finishIfWhole(file, transfer);
  }
});

async function finishIfWhole(id, { size, hash, name, parts, view }) {
  if (parts.length === pieces(size)) {
    incoming.delete(id);
    const blob = new Blob(parts);
    const isSame = blob.size === size && (await sha256(blob)) === hash;
    view.end(isSame ? `arrived whole${hash ? `, SHA-256 ${hash.slice(0, 8)}…` : ""}` : "arrived, but not as it was sent", isSame);
    view.save(URL.createObjectURL(blob), name);
  }
}

// ---- who is here

channel.on("hello", ({ data: { sender } }) => {
  meet(sender);
  channel.send("here");
  for (const { about, hasBegun } of outgoing.values()) {
    if (!hasBegun) {
      channel.send("offer", about);
    }
  }
});

channel.on("here", ({ data: { sender } }) => meet(sender));

channel.on("disconnect", ({ data: { sender } }) => {
  others.delete(sender);
  for (const transfer of outgoing.values()) {
    transfer.receivers.delete(sender);
    transfer.wake();
  }
  for (const [id, { sender: from, view }] of incoming) {
    if (from === sender) {
      incoming.delete(id);
      view.end("its sender has gone");
    }
  }
  show();
});

channel.on("subscribed", () => {
  channel.send("hello");
  show();
});

// Pieces may be missed from now on.
channel.on("unsubscribed", () => {
  others.clear();
  [...outgoing.values(), ...incoming.values()].forEach(({ view }) => view.end("interrupted"));
  outgoing.forEach(({ receivers, wake }) => {
    receivers.clear();
    wake();
  });
  outgoing.clear();
  incoming.clear();
  show();
});

function meet(id) {
  others.add(id);
  show();
}

function show() {
  const state = document.getElementById("state");
  const who = others.size === 0 ? "nobody else here" : others.size === 1 ? "1 other window" : `${others.size} other windows`;
  state.textContent = channel.isSubscribed() ? who : "connecting";
  state.classList.toggle("here", channel.isSubscribed());
}

// ---- the page

const drop = document.getElementById("drop");
const picker = document.getElementById("picker");

picker.addEventListener("change", () => {
  [...picker.files].forEach(offer);
  picker.value = "";
});
for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  addEventListener(name, event => {
    event.preventDefault(); // else the browser opens the file
    drop.classList.toggle("over", name === "dragenter" || name === "dragover");
  });
}
addEventListener("drop", event => [...event.dataTransfer.files].forEach(offer));

/** A line of the list. */
function row(name, size) {
  const line = document.getElementById("transfer").content.firstElementChild.cloneNode(true);
  const part = selector => line.querySelector(selector);
  part(".name").textContent = name;
  part(".size").textContent = bytes(size);
  document.getElementById("transfers").prepend(line);
  let isOver = false;
  return {
    tell(progress, what) {
      part("progress").value = progress;
      part(".what").textContent = what;
    },
    end(what, isDone = false) {
      if (!isOver) {
        isOver = true;
        this.tell(isDone ? 1 : part("progress").value, what);
        line.classList.toggle("done", isDone);
      }
    },
    save(url, name) {
      Object.assign(part("a"), { href: url, download: name, hidden: false });
    },
  };
}

function pieces(size) {
  return Math.ceil(size / PIECE_BYTES);
}

function percent(fraction) {
  return `${Math.floor(fraction * 100)} %`;
}

function bytes(count) {
  return count < 1 << 20 ? `${Math.ceil(count / 1024)} KiB` : `${(count / (1 << 20)).toFixed(1)} MiB`;
}

async function toBase64(blob) {
  const reader = new FileReader();
  await new Promise(resolve => {
    reader.onload = resolve;
    reader.readAsDataURL(blob);
  });
  return reader.result.split(",")[1];
}

function fromBase64(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = letters.charCodeAt(at);
  }
  return bytes;
}

async function sha256(blob) {
  if (!isSecureContext) {
    return null; // browsers hash for pages from https and localhost only
  }
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, "0")).join("");
}
