import assert from "node:assert/strict";
import { test } from "node:test";
import { EditedFace, onEditedFace } from "../../explorer/components/edited_face.js";
import { withWindow } from "./browser.js";

withWindow();

const face = (value) => ({ source: { kind: "picture", value } });

test("whoever listens hears of the face at hand and of those that follow", () => {
  const editor = new EditedFace();
  editor.say(face("1"));
  const heard = [];
  const end = onEditedFace((recipe) => heard.push(recipe));
  editor.say(face("2"));
  end();
  editor.say(face("3"));
  assert.deepEqual(heard, [face("1"), face("2")]);
});

test("an editor without a face, and one that is closed, say nothing", () => {
  const editor = new EditedFace();
  const heard = [];
  onEditedFace((recipe) => heard.push(recipe));
  assert.deepEqual(heard, []);
  editor.say(face("1"));
  editor.close();
  onEditedFace((recipe) => heard.push(recipe));
  assert.deepEqual(heard, [face("1")]);
});
