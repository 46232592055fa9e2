import assert from "node:assert/strict";
import { test } from "node:test";
import { PutBack } from "../../explorer/components/put_back.js";

const SOON = 1000; // ms
const LATER = 5000;

/** A place for components that are texts, and those of them that were closed. */
function begun(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const closed = [];
  const place = new PutBack();
  const leave = (name) => place.leave(name, () => closed.push(name));
  return { place, leave, closed, pass: (ms) => t.mock.timers.tick(ms) };
}

test("what is put back soon stays open", (t) => {
  const { place, leave, closed, pass } = begun(t);
  leave("editor");
  pass(SOON);
  assert.equal(
    place.back((name) => name === "editor"),
    "editor"
  );
  pass(LATER);
  assert.deepEqual(closed, []);
  assert.equal(
    place.back(() => true),
    null
  );
});

test("what is not put back closes, once", (t) => {
  const { place, leave, closed, pass } = begun(t);
  leave("editor");
  pass(LATER);
  assert.deepEqual(closed, ["editor"]);
  assert.equal(
    place.back(() => true),
    null
  );
  assert.deepEqual(closed, ["editor"]);
});

test("another one is not taken for it, and two do not wait", (t) => {
  const { place, leave, closed } = begun(t);
  leave("old");
  assert.equal(
    place.back((name) => name === "new"),
    null
  );
  assert.deepEqual(closed, ["old"]);
  leave("first");
  leave("second");
  assert.deepEqual(closed, ["old", "first"]);
  assert.equal(
    place.back(() => true),
    "second"
  );
});
