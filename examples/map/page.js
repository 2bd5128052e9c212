"use strict";
// A map that shows what a publisher says.
//
// One channel and one type of message: "positions" has every vehicle's place, twice a second. No
// page may publish here: the server's settings say `publish = "server"`.

const VEHICLES_MAX = 500;
const TRAIL_LENGTH = 14;

const { endpoint, token, city } = document.body.dataset;
const omnibus = new Omnibus(WebSocket, endpoint, { authToken: token });
const channel = omnibus.openChannel("map");

channel.on("positions", ({ data: { payload } }) => {
  payload.vehicles.forEach(show);
  count(payload.vehicles.length);
});
for (const event of ["subscribed", "unsubscribed"]) {
  channel.on(event, () => {
    state.textContent = channel.isSubscribed() ? "live" : "connecting";
    state.classList.toggle("here", channel.isSubscribed());
  });
}

// ---- vehicles

const state = document.getElementById("state");
const fleet = new Map(); // by name: the vehicle's mark, trail and line of the list

function show({ name, kind, speed, x, y }) {
  if (!fleet.has(name) && fleet.size < VEHICLES_MAX) {
    fleet.set(name, vehicle(name, kind));
  }
  const { mark, trail, line, places } = fleet.get(name) ?? {};
  if (mark) {
    // Where the mark begins to move from now; it is there when the next message comes.
    trail.setAttribute("d", path(places));
    places.push([x, y]);
    places.splice(0, places.length - TRAIL_LENGTH);
    mark.style.transform = `translate(${x}px, ${y}px)`;
    line.lastElementChild.textContent = `${speed} km/h`;
  }
}

function vehicle(name, kind) {
  const isFerry = kind === "ferry";
  const mark = svg("g", { class: isFerry ? "vehicle ferry" : "vehicle" }, "vehicles");
  mark.append(isFerry ? svg("rect", { x: -13, y: -9, width: 26, height: 18, rx: 9 }) : svg("circle", { r: 9 }));
  mark.append(svg("text"));
  mark.lastChild.textContent = name.split(" ").pop();
  const trail = svg("path", { class: isFerry ? "trail ferry" : "trail" }, "trails");

  const line = document.createElement("button");
  line.setAttribute("aria-pressed", "false");
  line.append(document.createElement("span"), document.createElement("span"));
  line.firstChild.textContent = name;
  line.addEventListener("click", () => {
    const isFollowed = mark.classList.toggle("followed");
    trail.classList.toggle("followed", isFollowed);
    line.setAttribute("aria-pressed", isFollowed);
  });
  const item = document.createElement("li");
  item.append(line);
  document.getElementById("fleet").append(item);
  return { mark, trail, line, places: [] };
}

// ---- how many come

let counted = 0;

function count(positions) {
  counted += positions;
}

setInterval(() => {
  document.getElementById("rate").textContent = Math.round(counted / 2);
  counted = 0;
}, 2000);

// ---- the ground

async function draw() {
  const { coast, park, nodes, streets, lanes } = await (await fetch(city)).json();
  const between = edges => edges.map(edge => path(edge.map(node => nodes[node]))).join("");
  for (const width of [120, 76, 36]) {
    svg("path", { class: "shoal", d: path(coast) + "Z", "stroke-width": width }, "ground");
  }
  svg("path", { class: "land", d: path(coast) + "Z" }, "ground");
  svg("path", { class: "park", d: path(park) + "Z" }, "ground");
  svg("path", { class: "streets", d: between(streets) }, "ground");
  svg("path", { class: "lanes", d: between(lanes) }, "ground");
}

function svg(tag, attributes = {}, into) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  document.getElementById(into)?.append(element);
  return element;
}

function path(points) {
  return points.length ? `M${points.join("L")}` : "";
}

draw();
