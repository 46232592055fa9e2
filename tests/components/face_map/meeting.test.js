import assert from "node:assert/strict";
import { test } from "node:test";
import { arranged } from "../../../explorer/components/face_map/arrange.js";
import { Camera } from "../../../explorer/components/face_map/camera.js";
import { box } from "../../../explorer/components/face_map/columns.js";
import { Meeting } from "../../../explorer/components/face_map/meeting.js";
import { packed, seeded } from "../seeded.js";

const COUNT = 300;
const REACH = 12; // pixels

// A map with faces inside and outside of a filter and of a selection.
function map(dims) {
  const random = seeded(dims);
  const positions = Float32Array.from({ length: COUNT * dims }, random);
  const camera = new Camera();
  camera.resize(400, 300);
  camera.fitted = camera.view = camera.fitting(box(positions, dims));
  const some = () => packed(Array.from({ length: COUNT }, () => random() < 0.6));
  const shown = arranged(new Uint8Array(COUNT), {
    mask: some(),
    selection: some(),
    hidden: new Set(),
    hideRest: false,
  });
  const meeting = new Meeting(camera);
  meeting.take({ positions, dims }, shown);
  return { camera, meeting, shown, random };
}

for (const dims of [2, 3]) {
  test(`in ${dims} dimensions the nearest in reach is met, those in the group first`, () => {
    const { camera, meeting, shown, random } = map(dims);
    const met = new Set();
    for (let turn = 0; turn < 200; turn++) {
      const pixel = [400 * random(), 300 * random()];
      const away = (row) => {
        const [x, y] = meeting.placeOf(row);
        return Math.hypot(x - pixel[0], y - pixel[1]);
      };
      const found = meeting.rowAt(...pixel);
      const near = Array.from({ length: COUNT }, (_, row) => row).filter((r) => away(r) <= REACH);
      if (found < 0) assert.deepEqual(near, []);
      else {
        const best = Math.max(...near.map((row) => shown.state[row]));
        const rivals = near.filter((row) => shown.state[row] === best);
        assert.equal(shown.state[found], best);
        assert.ok(away(found) <= Math.min(...rivals.map(away)) + 1e-3);
      }
      met.add(found < 0 ? 0 : shown.state[found]);
      if (turn === 100) camera.view = camera.zoomed(...pixel, 2); // and what was known is stale
    }
    assert.deepEqual([...met].sort(), [0, 1, 2, 3]);
  });

  test(`in ${dims} dimensions an arrow leads to a shown face in its direction`, () => {
    const { meeting, shown } = map(dims);
    let ends = 0;
    for (const from of shown.order.subarray(shown.grey)) {
      const next = meeting.next(from, 1, 0);
      if (next < 0) ends += 1;
      else {
        const [[x, y], [u, v]] = [meeting.placeOf(from), meeting.placeOf(next)];
        assert.equal(shown.state[next], 3);
        assert.ok(u > x && Math.abs(v - y) <= u - x + 1e-3);
      }
    }
    assert.ok(ends > 0 && ends < shown.shown / 4);
  });
}
