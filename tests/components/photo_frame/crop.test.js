import assert from "node:assert/strict";
import { test } from "node:test";
import {
  afterKey,
  corners,
  pinched,
  SMALLEST,
  sizedTo,
  turnedTo,
  within,
} from "../../../explorer/components/photo_frame/crop.js";

const SIZE = [800, 600];
const CROP = [300, 200, 100, 30];

const near = (found, expected) =>
  found.flat().forEach((n, k) => assert.ok(Math.abs(n - expected.flat()[k]) < 1e-9, `${found}`));

test("corners go around as the face is upright, turned clockwise", () => {
  near(corners([50, 40, 20, 0]), [
    [40, 30],
    [60, 30],
    [60, 50],
    [40, 50],
  ]);
  near(corners([50, 40, 20, 90]), [
    [60, 30],
    [60, 50],
    [40, 50],
    [40, 30],
  ]);
});

test("a corner or the handle goes where the hand is", () => {
  near(corners(sizedTo(CROP, ...corners([300, 200, 260, 30])[2])), corners([300, 200, 260, 30]));
  const [topLeft, topRight] = corners([300, 200, 100, -70]);
  const above = [(topLeft[0] + topRight[0]) / 2, (topLeft[1] + topRight[1]) / 2];
  near(turnedTo(CROP, ...above), [300, 200, 100, -70]);
});

test("two fingers move, zoom and turn at once, and back", () => {
  const [a, b, c, d] = [
    [0, 0],
    [10, 0],
    [5, 5],
    [5, 25],
  ];
  const moved = pinched(CROP, a, b, c, d);
  near(moved, [300, 215, 200, 120]);
  near(pinched(moved, c, d, a, b), CROP);
  near(pinched(CROP, a, a, c, d).slice(2, 3), [100]); // fingers at one point zoom nothing
});

test("keys come in pairs that take one another back", () => {
  const pairs = [
    ["ArrowLeft", "ArrowRight"],
    ["ArrowUp", "ArrowDown"],
    ["+", "-"],
    ["[", "]"],
  ];
  for (const [one, other] of pairs) {
    for (const much of [false, true]) {
      const moved = afterKey(CROP, one, much);
      assert.notDeepEqual(moved, CROP);
      near(afterKey(moved, other, much), CROP);
    }
  }
  assert.equal(afterKey(CROP, "a"), null);
  assert.deepEqual(afterKey(CROP, "ArrowRight"), [302, 200, 100, 30]);
});

test("the frame stays centred on the photo and of a size that makes sense", () => {
  assert.deepEqual(within(CROP, SIZE), CROP);
  assert.deepEqual(within([-5, 900, 1, 370], SIZE), [0, 600, SMALLEST, 10]);
  assert.deepEqual(within([0, 0, 9e9, -190], SIZE), [0, 0, 1200, 170]);
});
