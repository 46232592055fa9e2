import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { keepBehindHash } from "../../../explorer/components/address.js";
import { Session } from "../../../explorer/site/session.js";
import { withWindow } from "../browser.js";

const PLAIN = {
  source: { kind: "mean", value: null },
  attributes: {},
  components: {},
  dimensions: {},
};
const BANKS = ["attributes", "components", "dimensions", "directions"];
const RULES = { plain: PLAIN, banks: BANKS, method: "mean_difference", renderer: "mean" };
const SLIDERS = [{ name: "Smiling", label: "Smiling" }];
const PAGE = {
  first: { ...PLAIN, source: { kind: "picture", value: "1.jpg" } },
  editor: {
    link: "face",
    rules: RULES,
    limits: { favourites: 2 },
    banks: [{ bank: "attributes", limit: 3, sliders: SLIDERS }],
  },
};
const LINKS = {
  write: (recipe) => btoa(JSON.stringify(recipe)),
  read: (text) => JSON.parse(atob(text)),
};

withWindow();
beforeEach(() => {
  keepBehindHash();
  window.location = new URL("https://faces.example.org/");
  window.history = { pushState: (_, __, to) => (window.location = new URL(to, window.location)) };
});

/** A session of which faces 9 cannot be shown, and what it said. */
function begun(links = LINKS) {
  const said = [];
  const problem = async ({ source }) => (source.value === "9.jpg" ? "no such face" : "");
  const session = new Session(
    PAGE,
    links,
    problem,
    () => {},
    (text) => said.push(text)
  );
  return { session, said };
}

const picture = (name) => ({ kind: "picture", value: `${name}.jpg` });
const shown = ({ recipe }) => recipe.source.value;

test("undo and redo lead through the faces, and the address holds each", () => {
  const { session } = begun();
  session.setSource(picture(2));
  session.setSource(picture(3));
  assert.equal(LINKS.read(window.location.hash.slice(6)).source.value, "3.jpg");
  session.step(-1);
  assert.equal(shown(session), "2.jpg");
  assert.equal(LINKS.read(window.location.hash.slice(6)).source.value, "2.jpg");
  session.step(1);
  assert.equal(shown(session), "3.jpg");
  session.step(-1);
  session.setSource(picture(4));
  session.step(1); // there is nothing to redo any more
  assert.equal(shown(session), "4.jpg");
});

test("back in the browser is undo, and an address of elsewhere is one more face", async () => {
  const { session } = begun();
  session.setSource(picture(2));
  session.setSource(picture(3));
  await session.goTo(LINKS.write({ ...PLAIN, source: picture(2) }));
  assert.equal(shown(session), "2.jpg");
  assert.equal(session.future.length, 1);
  await session.goTo(null);
  assert.equal(shown(session), "1.jpg");
  await session.goTo(LINKS.write({ ...PLAIN, source: picture(7) }));
  assert.equal(shown(session), "7.jpg");
  assert.equal(session.past.length, 1);
});

test("a link that cannot be shown is said, and the face stays", async () => {
  const { session, said } = begun();
  window.location = new URL(
    `https://faces.example.org/#face=${LINKS.write({ ...PLAIN, source: picture(9) })}`
  );
  await session.begin();
  assert.equal(shown(session), "1.jpg");
  assert.match(said[0], /cannot show the face of the link: no such face/);
  await session.goTo("%");
  assert.match(said[1], /cannot read the link/);
  assert.equal(shown(session), "1.jpg");
});

test("messages of the editor are taken once each", () => {
  const { session } = begun();
  const smiling = { ...PAGE.first, attributes: { Smiling: 1 } };
  const messages = [{ revision: 1, recipe: smiling }];
  session.take(messages);
  session.take([...messages, { revision: 2, step: -1 }]);
  assert.equal(shown(session), "1.jpg");
  assert.deepEqual(session.recipe.attributes, {});
  assert.equal(session.told.revision, 2);
});

test("favourites are checked, named and not too many", async () => {
  const { session } = begun();
  const smiling = { ...PLAIN, source: picture(2), attributes: { Smiling: 1.5 } };
  const stored = [
    { name: "", recipe: smiling },
    { name: "same", recipe: smiling },
  ];
  await session.keep(stored);
  assert.deepEqual(session.favourites, [{ name: "Face 2, Smiling +1.50", recipe: smiling }]);
  await session.keep([{ recipe: { ...PLAIN, source: picture(9) } }, "nonsense"]);
  assert.deepEqual(session.favourites, []);
  await session.keep("unreadable");
  assert.deepEqual(session.favourites, []);
});

test("without links no address is written or read", () => {
  const { session } = begun(null);
  session.setSource(picture(2));
  session.take([{ revision: 1, address: "abc" }]);
  assert.equal(window.location.hash, "");
  assert.equal(shown(session), "2.jpg");
});
