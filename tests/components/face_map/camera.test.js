import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { viewOf, viewText } from "../../../explorer/components/face_map/address.js";
import { between, Camera } from "../../../explorer/components/face_map/camera.js";
import { seeded } from "../seeded.js";

const FLAT = { low: [-3, 2], high: [5, 12] };
const DEEP = { low: [-3, 2, -1], high: [5, 12, 4] };

function camera(box, width = 800, height = 500) {
  const made = new Camera();
  made.resize(width, height);
  made.fitted = made.view = made.fitting(box);
  return made;
}

// A view somewhere near, and turned where the map is deep.
function wandered(box, random) {
  const made = camera(box, 300 + 900 * random(), 300 + 600 * random());
  if (!made.flat) made.view = made.orbited(600 * random() - 300, 300 * random() - 150);
  made.view = made.zoomed(300 * random(), 300 * random(), 0.5 + 3 * random());
  made.view = made.panned(200 * random() - 100, 200 * random() - 100);
  return made;
}

function near(found, expected, within = 1e-3) {
  assert.equal(found.length, expected.length);
  found.forEach((v, k) => {
    assert.ok(Math.abs(v - expected[k]) <= within, `${found} is not ${expected}`);
  });
}

const corners = ({ low, high }) =>
  low.reduce(
    (found, _, k) => [low[k], high[k]].flatMap((v) => found.map((corner) => [...corner, v])),
    [[]]
  );

for (const [name, box] of Object.entries({ flat: FLAT, deep: DEEP })) {
  describe(`a ${name} map`, () => {
    test("a pixel leads to a place and the place back to the pixel", () => {
      const random = seeded(1);
      for (let k = 0; k < 200; k++) {
        const made = wandered(box, random);
        const pixel = [made.width * random(), made.height * random()];
        near(made.project(made.place(...pixel)), pixel, 0.01);
      }
    });

    test("all places at once are projected as one by one", () => {
      const random = seeded(2);
      const dims = box.low.length;
      const made = wandered(box, random);
      const places = Float32Array.from({ length: 50 * dims }, () => 10 * random() - 5);
      const pixels = made.projectAll(places, dims);
      for (let row = 0; row < 50; row++) {
        const one = made.project([...places.subarray(row * dims, (row + 1) * dims)]);
        near([...pixels.subarray(2 * row, 2 * row + 2)], one, 0.01);
      }
    });

    test("what is under the pointer stays there when it is zoomed", () => {
      const random = seeded(3);
      for (let k = 0; k < 100; k++) {
        const made = wandered(box, random);
        const pixel = [made.width * random(), made.height * random()];
        const place = made.place(...pixel);
        made.view = made.zoomed(...pixel, 0.6 + random());
        near(made.project(place), pixel, 0.02);
      }
    });

    test("it is zoomed no closer and no farther than can be seen", () => {
      const made = camera(box);
      for (const [factor, zoom] of [
        [1.5, 400],
        [1 / 1.5, 0.4],
      ]) {
        for (let k = 0; k < 50; k++) made.view = made.zoomed(100, 100, factor);
        near([made.zoom], [zoom], 1e-9);
      }
    });

    test("it follows the hand", () => {
      const random = seeded(4);
      for (let k = 0; k < 100; k++) {
        const made = wandered(box, random);
        const place = made.place(made.width / 2, made.height / 2);
        made.view = made.panned(30, -20);
        near(made.project(place), [made.width / 2 + 30, made.height / 2 - 20], 0.01);
      }
    });

    test("any place can be brought into the middle", () => {
      const made = wandered(box, seeded(5));
      for (const corner of corners(box)) {
        made.view = made.centred(corner);
        near(made.project(corner), [made.width / 2, made.height / 2], 1e-3);
      }
    });
  });
}

test("a flat map lies whole in the view, beside the tools, between colour and legend", () => {
  for (const [width, height] of [
    [800, 500],
    [300, 900],
  ]) {
    const pixels = corners(FLAT).map((corner) => camera(FLAT, width, height).project(corner));
    const [xs, ys] = [0, 1].map((k) => pixels.map((pixel) => pixel[k]));
    assert.ok(Math.min(...xs) > 0 && Math.max(...xs) < width - 44);
    assert.ok(Math.min(...ys) > 40 && Math.max(...ys) < height - 40);
    const [across, down] = [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)];
    near([Math.max(across / (width - 44), down / (height - 80))], [0.92], 1e-3);
  }
});

test("the sides of a deep map stay in the view, however it is turned", () => {
  // Its corners, where few faces lie, may not.
  const made = camera({ low: [-1, -1, -1], high: [1, 1, 1] });
  const sides = [0, 1, 2].flatMap((k) =>
    [-1, 1].map((v) => [0, 1, 2].map((i) => (i === k ? v : 0)))
  );
  for (let turn = 0; turn < 50; turn++) {
    made.view = made.orbited(31, 17);
    for (const side of sides) {
      const [x, y] = made.project(side);
      assert.ok(x > 0 && y > 0 && x < made.width && y < made.height, `${side} is at ${x}, ${y}`);
    }
  }
});

test("a flat map is scaled and shifted, x to the right and y up", () => {
  const made = camera(FLAT, 644, 830);
  const scale = (0.92 * 600) / 8; // both ways it fills what is free
  near([made.view.scale, made.view.tall], [scale, 1], 1e-9);
  near(made.project([1, 7]), [300, 415], 1e-3); // its middle, left of the middle by half the tools
  near(made.project([2, 8]), [300 + scale, 415 - scale], 1e-3);
});

test("a flat map is stretched to fill the view, but not beyond recognition", () => {
  for (const [width, height, tall] of [
    [44 + 800, 80 + 800, 0.8], // the box is 8 by 10
    [44 + 800, 80 + 1500, 1.5],
    [44 + 800, 80 + 3000, 1.6],
    [44 + 800, 80 + 300, 1 / 1.6],
  ]) {
    const made = camera(FLAT, width, height);
    near([made.view.tall], [tall], 1e-9);
    const [[left, bottom], [right, top]] = [made.project([-3, 2]), made.project([5, 12])];
    near([(bottom - top) / 10 / ((right - left) / 8)], [tall], 1e-6);
  }
});

test("turning keeps lengths and angles", () => {
  const random = seeded(6);
  for (let k = 0; k < 50; k++) {
    const { axes } = wandered(DEEP, random);
    const dot = (a, b) => a.reduce((sum, v, i) => sum + v * b[i], 0);
    axes.forEach((a, i) =>
      near(
        axes.map((b) => dot(a, b)),
        [0, 1, 2].map((j) => Number(i === j)),
        1e-12
      )
    );
    const [[a, b, c], [d, e, f], out] = axes;
    near(out, [b * f - c * e, c * d - a * f, a * e - b * d], 1e-12);
  }
});

test("turning stops short of looking straight down", () => {
  const made = camera(DEEP);
  for (const [dy, pitch] of [
    [1e5, 1.5],
    [-1e5, -1.5],
  ]) {
    assert.equal(made.orbited(0, dy).pitch, pitch);
  }
  assert.equal(made.orbited(150, 0).yaw, made.view.yaw + 1);
});

test("all of a deep map is before the eye, however it is turned", () => {
  const made = camera(DEEP);
  const m = () => made.matrix();
  for (let turn = 0; turn < 20; turn++) {
    made.view = made.orbited(47, 13);
    for (const [x, y, z] of corners(DEEP)) {
      const [w, depth] = [3, 2].map(
        (k) => m()[k] * x + m()[k + 4] * y + m()[k + 8] * z + m()[k + 12]
      );
      assert.ok(w > 0);
      assert.ok(Math.abs(depth) <= 1);
    }
  }
});

test("between two views, the scale grows by the same factor in the same time", () => {
  const [from, to] = [camera(FLAT).view, { ...camera(FLAT).view, x: 10, scale: 800 }];
  assert.deepEqual(between(from, to, 0), from);
  assert.equal(between(from, to, 1), to);
  const half = between(from, to, 0.5);
  near([half.x, half.scale], [(from.x + to.x) / 2, Math.sqrt(from.scale * to.scale)], 1e-9);
});

test("a new size says whether the map has to be fitted anew", () => {
  const made = camera(FLAT);
  assert.equal(made.resize(400, 300), true);
  made.view = made.panned(1, 1);
  assert.equal(made.resize(500, 300), false);
  assert.deepEqual([made.width, made.height], [500, 300]);
});

test("a map of a single place can be looked at", () => {
  const made = camera({ low: [2, 2], high: [2, 2] });
  near(made.place(...made.project([2, 2])), [2, 2, 0], 1e-4);
});

describe("a view in an address", () => {
  test("comes back on a stage of another size, and is nobody else's", () => {
    const random = seeded(5);
    for (const [box, other] of [
      [FLAT, DEEP],
      [DEEP, FLAT],
    ]) {
      const made = wandered(box, random);
      const text = viewText(made.view, made);
      assert.match(text, /^[\w.-]+$/);
      const again = camera(box, 640, 480);
      const view = viewOf(text, again);
      near([view.x, view.y, view.z], [made.view.x, made.view.y, made.view.z], 0.01);
      near([view.yaw, view.pitch], [made.view.yaw, made.view.pitch], 0.01);
      near([view.scale / again.fitted.scale], [made.zoom], 0.01 * made.zoom);
      assert.equal(viewOf(text, camera(other)), null);
      for (const noise of ["", "1_2", "1_2_x", "1_2_-3", "1_2_3_4_5_6_7", "_".repeat(5)]) {
        assert.equal(viewOf(noise, again), null);
      }
    }
  });
});
