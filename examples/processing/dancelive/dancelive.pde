// The dancer of dancelive as a stick figure that flashes on the beat.
// Needs the library oscP5 (Sketch > Import Library > Manage Libraries). dancelive sends here
// without any option. Space blacks its picture out, when it was started with --osc-in 9101.

import netP5.*;
import oscP5.*;

final int[][] LIMBS = {
  {1, 2}, {1, 5}, {2, 3}, {3, 4}, {5, 6}, {6, 7}, {1, 8}, {8, 9}, {9, 10},
  {1, 11}, {11, 12}, {12, 13}, {1, 0}, {0, 14}, {14, 16}, {0, 15}, {15, 17}
};

OscP5 osc;
NetAddress show = new NetAddress("127.0.0.1", 9101);
volatile float[] pose = new float[36];  // x0 y0 x1 y1 ..., 0..1 of the stage screen
volatile float level = 0;
volatile int beatAt = -1000;  // ms

void setup() {
  size(960, 540);
  osc = new OscP5(this, 9100);
}

void draw() {
  float flash = max(0, 1 - (millis() - beatAt) / 200.0);
  background(255 * flash * 0.4);
  stroke(255);
  strokeWeight(4 + 20 * level);
  float[] now = pose;  // one pose from beginning to end, whatever comes meanwhile
  for (int[] limb : LIMBS) {
    line(now[2 * limb[0]] * width, now[2 * limb[0] + 1] * height,
         now[2 * limb[1]] * width, now[2 * limb[1] + 1] * height);
  }
}

void keyPressed() {
  if (key == ' ') {
    osc.send(new OscMessage("/dancelive/blackout"), show);  // without a value: the other of the two
  }
}

void oscEvent(OscMessage message) {
  if (message.checkAddrPattern("/dancelive/dancer/0/pose")) {  // 36 f
    float[] next = new float[36];
    for (int n = 0; n < 36; n++) {
      next[n] = message.get(n).floatValue();
    }
    pose = next;
  } else if (message.checkAddrPattern("/dancelive/audio/level") && message.checkTypetag("f")) {
    level = message.get(0).floatValue();
  } else if (message.checkAddrPattern("/dancelive/beat") && message.checkTypetag("if")) {
    beatAt = millis();
  }
}
