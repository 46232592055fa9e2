import assert from "node:assert/strict";
import { test } from "node:test";
import { Wish } from "../../../explorer/components/download/wish.js";

/** A wish that was made once, and what Python was told. */
function made() {
  const [wish, told] = [new Wish(), []];
  wish.tell = (text) => told.push(text);
  wish.make();
  return { wish, told };
}

test("the file that was wished for is taken once", () => {
  const { wish, told } = made();
  const data = { answered: told[0], content: "QQ==" };
  assert.equal(wish.answer(data), "QQ==");
  assert.equal(wish.answer(data), undefined);
  assert.equal(told.length, 1);
});

test("a file that was overwritten on its way is wished for anew, once", () => {
  const { wish, told } = made();
  assert.equal(wish.answer({ answered: told[0] }), undefined);
  assert.equal(wish.answer({ answered: told[0] }), undefined);
  assert.equal(told.length, 2);
  assert.equal(wish.answer({ answered: told[1], content: "QQ==" }), "QQ==");
});

test("the file of a wish before, or of nobody's, is not taken", () => {
  const { wish, told } = made();
  wish.make();
  assert.equal(wish.answer({ answered: told[0], content: "QQ==" }), undefined);
  assert.equal(wish.answer({ answered: null }), undefined);
  assert.equal(told.length, 2);
  assert.equal(new Wish().answer({ answered: null }), undefined);
});
