import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { bit, box, MapColumns } from "../../../explorer/components/face_map/columns.js";
import { withWindow } from "../browser.js";
import { packed, seeded } from "../seeded.js";

withWindow();

const floats = (...values) => Float32Array.from(values).buffer;

describe("columns of a map", () => {
  let asked;
  let answers; // address -> Response
  let columns;
  beforeEach(() => {
    asked = [];
    answers = {};
    globalThis.fetch = async (address) => {
      asked.push(address);
      return answers[address]?.() ?? new Response("x");
    };
    columns = new MapColumns({ path: "/map", key: "abc", count: 2 });
  });

  test("are asked for below the path of the app, names of any kind included", async () => {
    answers["/app/map/abc/positions/pca/a%20b%3F"] = () => new Response(floats(1, 2, 3, 4));
    await columns.positions("pca/a b?");
    await columns.mask("Male&not Young");
    assert.deepEqual(asked, [
      "/app/map/abc/positions/pca/a%20b%3F",
      "/app/map/abc/mask?filter=Male%26not%20Young",
    ]);
    assert.equal(columns.picture("1.jpg"), "/app/map/abc/picture/1.jpg");
  });

  test("are asked for once", async () => {
    const [first, again] = [columns.ids(), columns.ids()];
    assert.equal(first, again);
    await first;
    await columns.ids();
    assert.equal(asked.length, 1);
  });

  test("are asked for again when they could not be had", async () => {
    answers["/app/map/abc/about/1"] = () => new Response("expected a face", { status: 404 });
    await assert.rejects(columns.about("1"), { message: "expected a face" });
    answers["/app/map/abc/about/1"] = () => Response.json({ attributes: ["Male"] });
    assert.deepEqual(await columns.about("1"), { attributes: ["Male"] });
    assert.equal(asked.length, 2);
  });

  test("are kept, the latest 24 of them", async () => {
    answers["/app/map/abc/about/last"] = () => Response.json({});
    const names = Array.from({ length: 24 }, (_, k) => `a${k}`);
    for (const name of names) await columns.mask(name);
    await columns.mask("a0"); // used, so a1 is the oldest
    await columns.mask("one more");
    asked = [];
    await columns.mask("a0");
    await columns.mask("a2");
    assert.deepEqual(asked, []);
    await columns.mask("a1");
    assert.deepEqual(asked, ["/app/map/abc/mask?filter=a1"]);
  });

  test("places come in two or three dimensions, with the box around them", async () => {
    answers["/app/map/abc/positions/flat"] = () => new Response(floats(1, 5, -2, 7));
    answers["/app/map/abc/positions/deep"] = () => new Response(floats(1, 5, 0, -2, 7, 3));
    answers["/app/map/abc/positions/odd"] = () => new Response(floats(1));
    const flat = await columns.positions("flat");
    assert.deepEqual(flat, {
      positions: Float32Array.of(1, 5, -2, 7),
      dims: 2,
      low: [-2, 5],
      high: [1, 7],
    });
    const { dims, low, high } = await columns.positions("deep");
    assert.deepEqual([dims, low, high], [3, [-2, 5, 0], [1, 7, 3]]);
    await assert.rejects(columns.positions("odd"), {
      message: "expected places of 2 faces; found 1 numbers",
    });
  });

  test("values come with what they mean", async () => {
    const about = { title: "Male", kind: "categories", labels: ["no", "yes"] };
    answers["/app/map/abc/column/Male"] = () =>
      new Response(Uint8Array.of(0, 1), { headers: { Column: JSON.stringify(about) } });
    assert.deepEqual(await columns.column("Male"), { values: Uint8Array.of(0, 1), about });
  });

  test("no filter takes no question", () => {
    assert.equal(columns.mask(""), null);
    assert.deepEqual(asked, []);
  });
});

test("bits come out as they were packed", () => {
  const random = seeded(1);
  const chosen = Array.from({ length: 77 }, () => random() < 0.5);
  const bits = packed(chosen);
  assert.deepEqual(
    chosen.map((_, row) => bit(bits, row)),
    chosen.map(Number)
  );
});

test("a box holds all places and touches some on every side", () => {
  const random = seeded(2);
  const places = Float32Array.from({ length: 300 }, () => random() - 0.5);
  const { low, high } = box(places, 3);
  for (let k = 0; k < 3; k++) {
    const values = [...places].filter((_, at) => at % 3 === k);
    assert.deepEqual([low[k], high[k]], [Math.min(...values), Math.max(...values)]);
  }
});
