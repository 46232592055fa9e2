import assert from "node:assert/strict";
import { test } from "node:test";
import { Faces } from "../../../explorer/components/face_map/thumbnails.js";
import { LiveSocket } from "../../../explorer/components/live_socket.js";
import { Transport, withWindow } from "../browser.js";

withWindow();

const HEADER = 12; // bytes
const RULES = {
  plain: { source: { kind: "mean", value: null }, attributes: {} },
  banks: ["attributes"],
  method: "mean_difference",
  renderer: "mean",
};

// An answer of so many pictures of one pixel, all of one grey.
function greys(count, grey) {
  const content = new ArrayBuffer(HEADER + 3 * count);
  const view = new DataView(content);
  view.setUint16(4, count, true);
  view.setUint16(6, 1, true);
  new Uint8Array(content, HEADER).fill(grey);
  return content;
}

function opened() {
  const live = new LiveSocket("ws://here", () => {}, { header: HEADER, most: 64 });
  const [line] = Transport.made;
  line.open();
  return { faces: new Faces(live, RULES), line, live };
}

const renderers = (line) => line.sent.at(-1).recipes.map(({ renderer }) => renderer);

test("faces are asked of the renderer chosen, and each renderer's are kept", () => {
  const { faces, line, live } = opened();
  const seen = [];
  const take = (k, image) => seen.push([k, image.data[0]]);
  faces.askAll("sprites", ["1", "2"], take);
  assert.deepEqual(renderers(line), [undefined, undefined]); // the mean need not be named
  line.answer(greys(2, 10));
  faces.renderer = "sharp";
  assert.equal(faces.know(["1"]), false);
  faces.askAll("sprites", ["1", "2"], take);
  assert.deepEqual(renderers(line), ["sharp", "sharp"]);
  line.answer(greys(2, 20));
  faces.renderer = undefined;
  faces.askAll("sprites", ["2"], take);
  assert.deepEqual(seen, [
    [0, 10],
    [1, 10],
    [0, 20],
    [1, 20],
    [0, 10],
  ]);
  assert.equal(line.sent.length, 2);
  live.close();
});

test("a face that comes after another renderer was chosen is kept and not shown", () => {
  const { faces, line, live } = opened();
  const seen = [];
  faces.ask("hover", "1", (image) => seen.push(image.data[0]));
  faces.renderer = "sharp";
  line.answer(greys(1, 10));
  assert.deepEqual(seen, []);
  faces.ask("hover", "1", (image) => seen.push(image.data[0]));
  line.answer(greys(1, 20));
  faces.renderer = undefined;
  faces.ask("hover", "1", (image) => seen.push(image.data[0]));
  assert.deepEqual(seen, [20, 10]);
  live.close();
});
