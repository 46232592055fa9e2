// Texts of the components in the language of the page, English where there is no other.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  _,
  language,
  N_,
  n_,
  sayInstead,
  speak,
  speakBy,
} from "../../explorer/components/language.js";

test("English is what stands in the code, with its values put in", () => {
  assert.equal(_("Reset edits"), "Reset edits");
  assert.equal(_("Take {label} away", { label: "Smiling" }), "Take Smiling away");
  assert.equal(_("{a} and {b}", { a: 1 }), "1 and {b}");
  assert.equal(N_("Face"), "Face");
});

test("of two texts the one for 1 is taken, the other for the rest", () => {
  const locks = (/** @type {number} */ count) =>
    n_("Release the lock", "Release {count} locks", count, { count });
  assert.deepEqual([0, 1, 2].map(locks), [
    "Release 0 locks",
    "Release the lock",
    "Release 2 locks",
  ]);
});

test("a language whose texts do not come is said, and English stays", async (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  await speak("xx");
  assert.equal(language(), "en");
  assert.match(String(warn.mock.calls[0].arguments[0]), /expected the texts of the language xx/);
});

test("texts that are here already are spoken at once", async () => {
  const texts = {
    Face: ["Gesicht"],
    "{count} face": ["{count} Gesicht", "{count} Gesichter"],
  };
  speakBy("de", { texts, form: (n) => Number(n !== 1) });
  assert.equal(language(), "de");
  assert.equal(_("Face"), "Gesicht");
  assert.equal(_("Map"), "Map");
  assert.equal(n_("{count} face", "{count} faces", 2, { count: 2 }), "2 Gesichter");
  await speak("en");
  assert.equal(_("Face"), "Face");
});

test("where pictures show no faces, texts speak of what they show", () => {
  sayInstead({
    words: { face: "digit", faces: "digits", Face: "Digit", "a face": "a digit", CelebA: "MNIST" },
    unless: "[Gg]lasses",
  });
  assert.equal(_("Face"), "Digit");
  assert.equal(_("a face of CelebA"), "a digit of MNIST");
  assert.equal(_("{face} is no surface", { face: "a face" }), "a face is no surface");
  assert.equal(n_("{count} face", "{count} faces", 2, { count: 2 }), "2 digits");
  assert.equal(_("a face with glasses"), "a face with glasses");
  sayInstead(null);
  assert.equal(_("a face"), "a face");
});
