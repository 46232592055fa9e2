// The language of a visit to a page without a server, as the app finds its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { best } from "../../../explorer/site/languages.js";

const KNOWN = { en: "English", de: "Deutsch", es: "Español" };

test("an address decides, then the browser, then it is English", () => {
  assert.equal(best(KNOWN, "?language=es", ["de-AT"]), "es");
  assert.equal(best(KNOWN, "", ["fr", "de-AT", "es"]), "de");
  assert.equal(best(KNOWN, "?language=fr", ["es-MX"]), "es");
  assert.equal(best(KNOWN, "?language=toString", []), "en");
  assert.equal(best(KNOWN, "", ["fr-FR"]), "en");
});
