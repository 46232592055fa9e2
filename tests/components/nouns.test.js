// Texts about faces speak of what the pictures show, as in explorer/language/nouns.py.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { _, n_, said, speakOf } from "../../explorer/components/language.js";

afterEach(() => speakOf());

test("texts speak of digits", () => {
  speakOf(["digit", "digits", "MNIST"]);
  for (const [text, expected] of [
    ["Random face", "Random digit"],
    ["Faces; 12 of 60 faces", "Digits; 12 of 60 digits"],
    ["a surface, {face}", "a surface, {face}"],
    ["CelebA's own annotation", "The data's own annotation"],
    ["validation faces of CelebA", "validation digits of MNIST"],
    ["the mean of faces with glasses", "the mean of faces with glasses"],
  ]) {
    assert.equal(said(text), expected);
  }
  assert.equal(_("{count} faces", { count: 3 }), "3 digits");
  assert.equal(n_("{n} face", "{n} faces", 1, { n: 1 }), "1 digit");
});

test("an article fits its noun", () => {
  speakOf(["apple", "apples", "fruit"]);
  assert.equal(said("A face is a face"), "An apple is an apple");
  speakOf(["pear", "pears", "fruit"]);
  assert.equal(said("an edited face, a face"), "an edited pear, a pear");
});

test("faces stay faces", () => {
  assert.equal(said("A face of CelebA's faces"), "A face of CelebA's faces");
});
