import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Camera } from "../../../explorer/components/face_map/camera.js";
import { Motion } from "../../../explorer/components/face_map/motion.js";
import { withWindow } from "../browser.js";

withWindow();

const BOX = { low: [0, 0], high: [10, 10] };
const OTHER = { low: [5, 5], high: [100, 100] };

let camera;
let motion;
let own; // views that are told to other maps
beforeEach(() => {
  mock.method(performance, "now", () => 1000);
  camera = new Camera();
  camera.resize(600, 400);
  own = [];
  motion = new Motion(
    camera,
    () => {},
    (view) => own.push(view)
  );
  motion.lay(BOX, false);
});
afterEach(() => mock.restoreAll());

test("a step glides from where the view is to where it shall be", () => {
  const from = camera.view;
  motion.step(2);
  assert.equal(camera.view, from);
  assert.deepEqual(own, [motion.goal]);
  const scales = [0, 45, 90, 135, 180].map((ms) => {
    motion.advance(1000 + ms);
    return camera.view.scale / from.scale;
  });
  scales.slice(1).forEach((v, k) => assert.ok(v > scales[k]));
  assert.ok(Math.abs(scales[0] - 1) < 1e-9);
  assert.ok(Math.abs(scales[2] - Math.SQRT2) < 1e-9);
  assert.ok(Math.abs(scales[4] - 2) < 1e-9);
  assert.deepEqual([camera.view.x, camera.view.y], [from.x, from.y]); // around the middle
  assert.equal(motion.under, null);
});

test("a hand is followed at once", () => {
  const wanted = camera.panned(10, 0);
  motion.look(wanted);
  assert.equal(camera.view, wanted);
});

test("the whole map is a glide away", () => {
  motion.look(camera.panned(100, 0));
  motion.whole();
  motion.advance(1180);
  assert.equal(camera.view, camera.fitted);
});

test("those who want less motion get none", () => {
  window.matchMedia = () => ({ matches: true });
  motion.step(2);
  assert.equal(camera.view, motion.goal);
  assert.equal(motion.lay(OTHER, true), false);
});

test("points glide to another layout, and the view is its whole", () => {
  assert.equal(motion.lay(OTHER, true), true);
  assert.equal(motion.ofPoints, true);
  const way = [0, 0.25, 0.5, 0.75, 1].map((t) => motion.advance(1000 + 650 * t));
  assert.deepEqual(way, [0, 1 / 16, 0.5, 15 / 16, 1]); // slow, quick, slow: cubes
  assert.equal(motion.ofPoints, false);
  assert.equal(camera.view, camera.fitted);
  assert.equal(motion.advance(2000), 1);
});

test("another map is followed, also while points are on their way", () => {
  const wanted = camera.panned(10, 0);
  motion.follow(wanted);
  assert.equal(camera.view, wanted);
  motion.lay(OTHER, true);
  motion.follow(wanted);
  assert.equal(motion.goal, wanted);
  assert.equal(motion.ofPoints, true);
  assert.deepEqual(own, []);
});
