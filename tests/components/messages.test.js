import assert from "node:assert/strict";
import { test } from "node:test";
import { Messages } from "../../explorer/components/messages.js";

/** Messages at number 4 of a session, and what Streamlit was told. */
function begun() {
  const messages = new Messages({ session: "a", revision: 4 });
  const told = [];
  messages.commit = (all) => told.push(all);
  return { messages, told };
}

test("what was not taken is told again with the next, oldest first", () => {
  const { messages, told } = begun();
  assert.equal(messages.waiting, false);
  messages.tell({ selected: "x" });
  messages.tell({ kept: {} });
  assert.deepEqual(told, [
    [{ selected: "x", revision: 5 }],
    [
      { selected: "x", revision: 5 },
      { kept: {}, revision: 6 },
    ],
  ]);
  assert.equal(messages.waiting, true);
  messages.heard({ session: "a", revision: 5 });
  messages.tell({ picked: "1.jpg" });
  assert.deepEqual(
    told[2].map(({ revision }) => revision),
    [6, 7]
  );
  messages.heard({ session: "a", revision: 7 });
  assert.equal(messages.waiting, false);
});

test("what was told stays as it was told", () => {
  const { messages, told } = begun();
  messages.tell({ selected: "x" });
  messages.tell({ selected: "y" });
  assert.equal(told[0].length, 1);
});

test("another session knows nothing of the messages before", () => {
  const { messages, told } = begun();
  messages.tell({ selected: "x" });
  messages.heard({ session: "b", revision: 0 });
  assert.equal(messages.waiting, false);
  messages.tell({ selected: "y" });
  assert.deepEqual(told[1], [{ selected: "y", revision: 1 }]);
});

test("what a component that was put back has told nobody is told then", () => {
  const { messages, told } = begun();
  messages.tellAgain();
  assert.deepEqual(told, []);
  messages.commit = () => {}; // it is not on the page
  messages.tell({ step: 1 });
  messages.commit = (all) => told.push(all);
  messages.tellAgain();
  assert.deepEqual(told, [[{ step: 1, revision: 5 }]]);
  messages.heard({ session: "a", revision: 5 });
  messages.tellAgain();
  assert.equal(told.length, 1);
});
