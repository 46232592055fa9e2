import assert from "node:assert/strict";
import { test } from "node:test";
import {
  categoryColour,
  css,
  isDark,
  mixed,
  paletteOf,
  rgbOf,
  scaleColour,
} from "../../../explorer/components/face_map/palette.js";
import { withWindow } from "../browser.js";

withWindow();

const light = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

test("a mixture goes from one colour to the other", () => {
  const [a, b] = [
    [0, 100, 200],
    [100, 0, 255],
  ];
  assert.deepEqual(mixed(a, b, 0), a);
  assert.deepEqual(mixed(a, b, 1), b);
  assert.deepEqual(mixed(a, b, 0.5), [50, 50, 228]);
});

test("categories have the colours of Okabe and Ito, then others", () => {
  const okabeIto = ["#56b4e9", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#0072b2", "#f0e442"];
  const colours = Array.from({ length: 28 }, (_, k) => categoryColour(k));
  assert.deepEqual(colours.slice(0, 7), okabeIto.map(rgbOf));
  assert.equal(new Set(colours.map(String)).size, colours.length);
  assert.ok(colours.flat().every((v) => Number.isInteger(v) && v >= 0 && v <= 255));
});

for (const dark of [false, true]) {
  test(`a scale grows lighter all the way, on a ${dark ? "dark" : "light"} page`, () => {
    const steps = Array.from({ length: 256 }, (_, k) => light(scaleColour(k / 255, dark)));
    steps.slice(1).forEach((v, k) => assert.ok(v >= steps[k] - 0.8, `${v} after ${steps[k]}`));
    assert.ok(steps[255] - steps[0] > 100);
    // The end that would vanish in the background is left out.
    assert.deepEqual(scaleColour(Number(dark), dark), rgbOf(dark ? "#fee838" : "#00224e"));
    assert.notDeepEqual(scaleColour(Number(!dark), dark), rgbOf(dark ? "#00224e" : "#fee838"));
  });
}

test("a palette has 256 opaque entries", () => {
  const categories = paletteOf({ kind: "categories", labels: ["no", "yes"] }, false);
  assert.equal(categories.length, 1024);
  assert.deepEqual([...categories.subarray(0, 3)], categoryColour(0));
  assert.deepEqual([...categories.subarray(4, 7)], categoryColour(1));
  assert.deepEqual([...categories.subarray(8, 11)], [255, 255, 255]);
  const scale = paletteOf({ kind: "scale", range: [0, 1] }, true);
  assert.deepEqual([...scale.subarray(1020, 1023)], scaleColour(1, true));
  for (const palette of [categories, scale]) {
    assert.ok(palette.every((v, k) => k % 4 !== 3 || v === 255));
  }
});

test("pages are told apart by their background", () => {
  assert.deepEqual(["#ffffff", "#0e1117", "#7f7f7f", "#818181"].map(isDark), [
    false,
    true,
    true,
    false,
  ]);
});

test("colours are written as CSS", () => {
  assert.equal(css([1, 2, 3]), "rgb(1 2 3 / 1)");
  assert.equal(css(Uint8Array.of(1, 2, 3), 0.5), "rgb(1 2 3 / 0.5)");
});
