// What the JavaScript of a site makes of recipes; a test compares it with Python's. Reads the folder
// that is named first: space.safetensors and asked.json; prints JSON.

import { readFileSync } from "node:fs";
import { codeToText } from "../../../explorer/site/code_text.js";
import { compose } from "../../../explorer/site/compose.js";
import { linkText, recipeOfLink } from "../../../explorer/site/link_text.js";
import { column } from "../../../explorer/site/map_answers.js";
import { blendAt, whereabouts } from "../../../explorer/site/place.js";
import { Space } from "../../../explorer/site/space.js";
import { removedOf, ticksOf } from "../../../explorer/site/ticks.js";

const folder = process.argv[2];
const file = readFileSync(`${folder}/space.safetensors`);
const asked = JSON.parse(readFileSync(`${folder}/asked.json`, "utf8"));
const space = new Space(
  file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength),
  asked.words
);

/** The value, or the message of the error that came in its place. */
const tried = (make) => {
  try {
    return make();
  } catch (error) {
    return error.message;
  }
};

const found = {
  codes: asked.recipes.map((recipe) => tried(() => [...compose(recipe, space)])),
  texts: asked.codes.map((code) => codeToText(code)),
  links: asked.recipes.map((recipe) => linkText(recipe, asked.writing)),
  read: asked.links.map((link) => recipeOfLink(link, asked.writing)),
  places: asked.places.map(([name, recipe]) => whereabouts(space, name, compose(recipe, space))),
  blends: asked.blends.map(([name, point]) => {
    const { code, support } = blendAt(space, name, point);
    return { code: [...code], support };
  }),
  about: asked.about.map((recipe) => ({
    ticks: ticksOf(recipe, space),
    removed: removedOf(recipe, space),
  })),
  columns: asked.columns.map((name) => {
    const { values, meaning } = column(space, name);
    return { values: [...values], meaning };
  }),
};
process.stdout.write(JSON.stringify(found));
