// The dancer of dancelive as a stick figure that flashes on the beat.
// Start dancelive, then bridge.py beside this file, then open index.html.
// index.html?port=9180 names another port of the bridge.

const LIMBS = [
  [1, 2], [1, 5], [2, 3], [3, 4], [5, 6], [6, 7], [1, 8], [8, 9], [9, 10],
  [1, 11], [11, 12], [12, 13], [1, 0], [0, 14], [14, 16], [0, 15], [15, 17],
];
const dancer = { pose: null, level: 0, beatAt: -1000, beats: 0, poses: 0 };

const hears = {};
// An address, the types of its values, and what to do with them.
const on = (address, types, act) => { hears[address] = act; };

on("/dancelive/dancer/0/pose", "36f", (values) => { dancer.pose = values; dancer.poses += 1; });
on("/dancelive/audio/level", "f", ([level]) => { dancer.level = level; });
on("/dancelive/beat", "if", ([count, bpm]) => { dancer.beatAt = millis(); dancer.beats = count; });

function listen() {
  const port = new URLSearchParams(location.search).get("port") || 9180;
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  socket.onmessage = (event) => {
    const [address, ...values] = JSON.parse(event.data);
    if (hears[address]) hears[address](values);
  };
  socket.onclose = () => setTimeout(listen, 500);
}

function setup() {
  createCanvas(windowWidth, windowHeight);
  listen();
}

function windowResized() {
  resizeCanvas(windowWidth, windowHeight);
}

function draw() {
  const flash = Math.max(0, 1 - (millis() - dancer.beatAt) / 200);
  background(100 * flash);
  if (!dancer.pose) return;
  stroke(255);
  strokeWeight(4 + 20 * dancer.level);
  for (const [from, to] of LIMBS) {
    line(dancer.pose[2 * from] * width, dancer.pose[2 * from + 1] * height,
         dancer.pose[2 * to] * width, dancer.pose[2 * to + 1] * height);
  }
}
