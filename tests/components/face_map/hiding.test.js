import assert from "node:assert/strict";
import { test } from "node:test";
import { Hiding } from "../../../explorer/components/face_map/hiding.js";

test("categories of a scale's part hide and show together", () => {
  const hiding = new Hiding();
  hiding.toggle("KL", [1, 2]);
  assert.deepEqual([...hiding.of("KL")], [1, 2]);
  hiding.toggle("KL", [2, 3]); // the first of them is hidden: all are shown
  assert.deepEqual([...hiding.of("KL")], [1]);
  assert.deepEqual([...hiding.of("Male")], []);
});

test("the faces outside the filter are drawn until the legend hides them", () => {
  const hiding = new Hiding();
  assert.equal(hiding.rest, false);
  hiding.toggleRest();
  assert.equal(hiding.rest, true);
  hiding.toggleRest();
  assert.equal(hiding.rest, false);
});
