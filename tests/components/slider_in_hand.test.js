import assert from "node:assert/strict";
import { test } from "node:test";
import {
  columnInHand,
  IN_HAND,
  onSliderInHand,
  takeInHand,
} from "../../explorer/components/slider_in_hand.js";
import { withWindow } from "./browser.js";

withWindow();

test("the column of the slider that was touched last colours the map", () => {
  assert.equal(columnInHand("Male"), "Male");
  assert.equal(columnInHand(IN_HAND), "slider/components/1");
  takeInHand("dimensions", 3);
  assert.equal(columnInHand(IN_HAND), "slider/dimensions/3");
  takeInHand("attributes", "Male", "balanced");
  assert.equal(columnInHand(IN_HAND), "slider/attributes/balanced/Male");
});

test("another slider is told once, until nobody listens", () => {
  let times = 0;
  const end = onSliderInHand(() => (times += 1));
  for (let k = 0; k < 3; k++) takeInHand("components", 2);
  assert.equal(times, 1);
  takeInHand("components", 3);
  end();
  takeInHand("components", 4);
  assert.equal(times, 2);
});
