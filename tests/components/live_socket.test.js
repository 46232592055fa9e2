import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { speakBy } from "../../explorer/components/language.js";
import {
  LiveSocket,
  liveUrl,
  NewestSocket,
  readPictures,
} from "../../explorer/components/live_socket.js";
import { Transport, withWindow } from "./browser.js";
import { below, seeded } from "./seeded.js";

withWindow();

let now; // ms
beforeEach(() => {
  now = 0;
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => now);
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

function pass(ms) {
  now += ms;
  mock.timers.tick(ms);
}

const line = () => Transport.made.at(-1);
const json = (values) => JSON.stringify(values);

const HEADER = 12; // bytes

// An answer as explorer/live/messages.py writes it.
function bytes({ number = 1, count = 1, side = 2, milliseconds = 1, rgb = [], support = [] }) {
  const content = new ArrayBuffer(HEADER + count * side * side * 3 + 4 * support.length);
  const view = new DataView(content);
  view.setUint32(0, number, true);
  view.setUint16(4, count, true);
  view.setUint16(6, side, true);
  view.setFloat32(8, milliseconds, true);
  rgb.forEach((v, k) => view.setUint8(HEADER + k, v));
  support.forEach((v, k) =>
    view.setFloat32(content.byteLength - 4 * (support.length - k), v, true)
  );
  return content;
}

describe("the newest of each view", () => {
  let statuses;
  let socket;
  beforeEach(() => {
    statuses = [];
    socket = new NewestSocket("ws://here", (text) => statuses.push(text), { twin: true });
  });

  test("waits until the line is open, then one message is under way at a time", () => {
    socket.ask("a", { n: 1 }, () => {});
    socket.ask("b", { n: 2 }, () => {});
    assert.deepEqual(line().sent, []);
    line().open();
    assert.deepEqual(line().sent, [{ number: 1, twin: true, n: 1 }]);
    line().answer(json({}));
    assert.deepEqual(line().sent.at(-1), { number: 2, twin: true, n: 2 });
  });

  test("takes the place of those that wait", () => {
    line().open();
    const taken = [];
    const take = (n) => (answer) => taken.push([n, answer.number]);
    for (const n of [1, 2, 3]) socket.ask("a", { n }, take(n));
    for (const n of [4, 5]) socket.ask("b", { n }, take(n));
    for (let k = 0; k < 4; k++) line().answer(json({ number: k + 1 }));
    assert.deepEqual(
      line().sent.map(({ n }) => n),
      [1, 3, 5]
    );
    assert.deepEqual(taken, [
      [1, 1],
      [3, 2],
      [5, 3],
    ]);
  });

  test("is what comes last, whatever is asked and answered in between", () => {
    const random = seeded(1);
    line().open();
    const views = ["a", "b", "c"];
    const newest = new Map(); // view -> number of the latest
    const answered = new Map();
    const underWay = () => line().sent.length - answers;
    let answers = 0;
    let asked = 0;
    const settle = () => {
      const { view, n } = line().sent.at(-1);
      assert.ok(n >= (answered.get(view) ?? 0), "an older one after a newer one");
      answers += 1;
      line().answer(json({}));
      assert.equal(answered.get(view), n);
    };
    for (let step = 0; step < 2000; step++) {
      if (random() < 0.6) {
        const view = views[below(views.length, random)];
        const n = (asked += 1);
        newest.set(view, n);
        socket.ask(view, { view, n }, () => answered.set(view, n));
      } else if (underWay()) {
        settle();
      }
      assert.ok(underWay() <= 1);
    }
    while (underWay()) settle();
    assert.deepEqual(answered, newest);
    const sent = line().sent.map(({ number }) => number);
    assert.deepEqual(
      sent,
      sent.map((_, k) => k + 1)
    );
    assert.ok(sent.length < asked);
  });

  test("counts messages in 32 bits", () => {
    line().open();
    socket.number = 2 ** 32 - 2;
    socket.ask("a", {}, () => {});
    line().answer(json({}));
    socket.ask("a", {}, () => {});
    assert.deepEqual(
      line().sent.map(({ number }) => number),
      [2 ** 32 - 1, 0]
    );
  });

  test("hears why it is refused, and the next one goes on", () => {
    line().open();
    const heard = [];
    const never = () => assert.fail("there is nothing to take");
    socket.ask("a", { n: 1 }, never, (reason) => heard.push(reason));
    socket.ask("b", { n: 2 }, never); // need not listen
    line().answer(json({ error: "expected a face" }));
    assert.deepEqual(heard, ["expected a face"]);
    assert.equal(statuses.at(-1), "expected a face");
    line().answer(json({ error: "expected a place" }));
    socket.ask("c", { n: 3 }, () => {});
    line().answer(json({}));
    assert.equal(statuses.at(-1), "");
  });

  test("is not asked for once it is forgotten", () => {
    line().open();
    for (const n of [1, 2]) socket.ask("a", { n }, () => {});
    socket.forget("a");
    line().answer(json({}));
    line().lose();
    pass(200);
    line().open();
    assert.deepEqual(line().sent, []);
  });
});

test("the address names the language, but English", () => {
  window.location = { protocol: "http:", host: "localhost:8501" };
  assert.equal(liveUrl("/live"), "ws://localhost:8501/app/live");
  speakBy("de", { texts: {}, form: () => 0 });
  assert.equal(liveUrl("/live"), "ws://localhost:8501/app/live?language=de");
  speakBy("en", { texts: {}, form: () => 0 });
});

describe("a lost line", () => {
  let statuses;
  let socket;
  beforeEach(() => {
    statuses = [];
    socket = new NewestSocket("ws://here", (text) => statuses.push(text));
    line().open();
  });

  test("is taken up again, later each time, until it holds", () => {
    for (const wait of [200, 500, 1000, 2000, 5000, 5000]) {
      const lost = line();
      lost.lose();
      pass(wait - 1);
      assert.equal(line(), lost);
      pass(1);
      assert.notEqual(line(), lost);
    }
    line().open();
    line().lose();
    const lost = line();
    pass(200);
    assert.notEqual(line(), lost);
  });

  test("says so, and says nothing once it is back", () => {
    line().lose(1011, "the decoder failed");
    assert.equal(statuses.at(-1), "Connection lost: the decoder failed. Reconnecting …");
    pass(200);
    line().lose();
    assert.equal(statuses.at(-1), "Connection lost. Reconnecting …");
    pass(500);
    line().open();
    assert.equal(statuses.at(-1), "");
  });

  test("is asked the latest of each view once more, answered or not", () => {
    const taken = [];
    const take = (n) => () => taken.push(n);
    socket.ask("a", { n: 1 }, take(1));
    line().answer(json({}));
    for (const n of [2, 3]) socket.ask("b", { n }, take(n));
    line().lose();
    pass(200);
    line().open();
    for (let k = 0; k < 2; k++) line().answer(json({}));
    assert.deepEqual(
      line().sent.map(({ n }) => n),
      [1, 3]
    );
    assert.deepEqual(taken, [1, 1, 3]);
  });

  test("is not asked again what was too long for it", () => {
    socket.ask("a", { n: 1 }, () => {});
    socket.ask("b", { n: 2 }, () => {});
    line().lose(1009);
    pass(200);
    line().open();
    assert.deepEqual(
      line().sent.map(({ n }) => n),
      [2]
    );
  });

  test("sleeps when nothing was asked for long, and wakes when something is", () => {
    line().open();
    socket.ask("a", { n: 1 }, () => {});
    line().answer(json({ number: 1 }));
    line().lose(4408);
    pass(60_000);
    assert.equal(Transport.made.length, 1);
    assert.equal(statuses.at(-1), "");
    socket.ask("b", { n: 2 }, () => {});
    assert.equal(Transport.made.length, 2);
    line().open();
    assert.equal(line().sent.length, 1);
  });

  test("is taken up again when it fell asleep over a question", () => {
    line().open();
    socket.ask("a", { n: 1 }, () => {});
    line().lose(4408);
    pass(200);
    line().open();
    assert.deepEqual(line().sent, [{ number: 2, n: 1 }]);
  });

  test("that was never there says what the proxy has to do", () => {
    new NewestSocket("ws://here/faces/live", (text) => statuses.push(text));
    line().lose();
    assert.match(statuses.at(-1), /no WebSocket opens at \/faces\/live.*upgrade connections there/);
    pass(200);
    line().open();
    line().lose();
    assert.equal(statuses.at(-1), "Connection lost. Reconnecting …");
  });

  test("stays lost when the page has closed it", () => {
    const lost = line();
    socket.close();
    pass(60_000);
    assert.equal(line(), lost);
  });

  test("is not taken up either when the page closes while it is lost", () => {
    line().lose();
    const lost = line();
    socket.close();
    pass(60_000);
    assert.equal(line(), lost);
  });
});

describe("pictures of recipes", () => {
  const strip = Array.from({ length: 7 }, (_, k) => ({ strip: k }));
  const ignore = () => {};
  let socket;
  beforeEach(() => {
    socket = new LiveSocket("ws://here", ignore, { header: HEADER, most: 64 });
    line().open();
  });

  // Answers what is under way, after so many milliseconds of decoding for each picture.
  function settle(each = 1) {
    const { number, recipes } = line().sent.at(-1);
    const milliseconds = each * recipes.length;
    pass(milliseconds);
    line().answer(bytes({ number, count: recipes.length, side: 1, milliseconds }));
    return recipes;
  }
  const asked = () => line().sent.map(({ recipes }) => recipes);

  test("the edited face goes before pieces that wait", () => {
    socket.request("original", [{ original: 0 }], ignore);
    socket.request("strip", strip, ignore);
    socket.request("edited", [{ edited: 0 }], ignore);
    settle();
    assert.deepEqual(asked().at(-1), [{ edited: 0 }]);
  });

  test("behind it, views take turns", () => {
    socket.pictureMs = 40; // a piece is one picture
    socket.request("strip", strip, ignore);
    socket.request("grid", [{ grid: 0 }, { grid: 1 }], ignore);
    for (let k = 0; k < 4; k++) settle(40);
    assert.deepEqual(asked().flat().slice(0, 5), [
      { strip: 0 },
      { strip: 1 },
      { grid: 0 },
      { strip: 2 },
      { grid: 1 },
    ]);
  });

  test("pieces give every picture once, where it belongs", () => {
    const places = [];
    socket.pictureMs = 20;
    socket.request("strip", strip, (pictures, _, at) => {
      places.push(...pictures.map((_, k) => at + k));
    });
    while (places.length < strip.length) settle(20);
    assert.deepEqual(
      asked().map((recipes) => recipes.length),
      [2, 2, 2, 1]
    );
    assert.deepEqual(places, [0, 1, 2, 3, 4, 5, 6]);
    assert.deepEqual(asked().flat(), strip);
  });

  test("asked anew, pieces go on to the end and then from the beginning", () => {
    const places = [];
    socket.pictureMs = 20;
    const ask = () => {
      socket.request("strip", strip, (pictures, _, at) => {
        places.push(...pictures.map((_, k) => at + k));
      });
    };
    ask();
    ask(); // while the first two are under way
    while (places.length < 9) settle(20);
    assert.deepEqual(places, [0, 1, 2, 3, 4, 5, 6, 0, 1]);
    assert.deepEqual(
      asked().map((recipes) => recipes.length),
      [2, 2, 2, 1, 2]
    );
  });

  test("a piece is as long as decoding is quick, and longer when the hand rests", () => {
    socket.pictureMs = 1;
    socket.request("edited", [{ edited: 0 }], ignore);
    socket.request("grid", Array(64).fill({}), ignore);
    pass(100);
    settle(1);
    assert.equal(asked().at(-1).length, 5);
    pass(150);
    settle(1);
    assert.equal(asked().at(-1).length, 40);
  });

  test("a piece is no longer than a message may be, however quick decoding is", () => {
    const places = [];
    socket.pictureMs = 0.01;
    const sprites = Array.from({ length: 150 }, (_, k) => ({ sprite: k }));
    socket.request("sprites", sprites, (pictures, _, at) => {
      places.push(...pictures.map((_, k) => at + k));
    });
    while (places.length < sprites.length) settle(0.01);
    assert.deepEqual(
      asked().map((recipes) => recipes.length),
      [64, 64, 22]
    );
    assert.deepEqual(asked().flat(), sprites);
  });

  test("while the hand moves, a piece comes after a face and not too soon", () => {
    socket.pictureMs = 5;
    let step = 0;
    const move = () => socket.request("edited", [{ edited: (step += 1) }], ignore);
    move();
    socket.request("strip", strip, ignore);
    const seen = [];
    for (let k = 0; k < 40; k++) {
      const recipes = settle(5);
      seen.push([now, Object.keys(recipes[0])[0]]);
      pass(5);
      move();
    }
    const pieces = seen.filter(([, what]) => what === "strip").map(([at]) => at);
    assert.ok(pieces.length >= 4, `${pieces.length} pieces`);
    pieces.slice(1).forEach((at, k) => {
      assert.ok(at - pieces[k] > 70);
    });
    seen.slice(1).forEach(([, what], k) => {
      assert.ok(what === "edited" || seen[k][1] === "edited", "two pieces in a row");
    });
  });

  test("a busy server draws faces under hands, and others now and then", () => {
    socket.pictureMs = 5;
    const move = () => socket.request("edited", [{ edited: now }], ignore);
    move();
    socket.request("strip", strip, ignore);
    const pieces = [];
    for (let k = 0; k < 80; k++) {
      pass(100); // until it answers
      move();
      if ("strip" in settle(5)[0]) pieces.push(k);
    }
    assert.ok(pieces.length >= 4, `${pieces.length} pieces`);
    assert.ok(
      pieces.slice(-3).every((at, k, last) => !k || at - last[k - 1] >= 4),
      `${pieces}`
    );
  });

  test("what a moving hand asks anew goes on where it was, so that its end comes, too", () => {
    socket.pictureMs = 5;
    const painted = new Set();
    for (let k = 0; k < 200 && painted.size < strip.length; k++) {
      socket.request("edited", [{ edited: k }], ignore);
      socket.request("strip", strip, (_, __, at) => painted.add(at));
      settle(5);
      pass(15);
    }
    assert.equal(painted.size, strip.length);
  });

  test("a hand that rests lets the others go on by themselves", () => {
    socket.request("edited", [{ edited: 0 }], ignore);
    settle(1);
    socket.pieceAt = now; // a piece has just been asked for
    socket.request("strip", strip, ignore);
    assert.deepEqual(asked().length, 1);
    pass(150);
    assert.deepEqual(asked().length, 2);
  });

  test("a view that keeps its pictures is drawn anew only when they are others", () => {
    const painted = [];
    const paint = (images, _, at) => painted.push(...images.map((_unused, k) => at + k));
    socket.keep("strip", strip, paint);
    while (painted.length < strip.length) settle();
    const before = line().sent.length;
    socket.keep("strip", structuredClone(strip), paint);
    assert.equal(line().sent.length, before);
    socket.keep("strip", strip.slice(1, 3), paint);
    assert.deepEqual(asked().at(-1), strip.slice(1, 3));
  });

  test("a view that keeps its pictures asks again for those that were refused", () => {
    socket.keep("strip", strip.slice(0, 1), ignore);
    line().answer(json({ error: "busy" }));
    socket.keep("strip", strip.slice(0, 1), ignore);
    assert.deepEqual(asked(), [strip.slice(0, 1), strip.slice(0, 1)]);
  });

  test("a closed socket does not wake up", () => {
    socket.request("edited", [{ edited: 0 }], ignore);
    settle(1);
    socket.close();
    const sent = asked().length;
    pass(10_000);
    assert.equal(asked().length, sent);
  });

  test("how long a picture takes is a running mean", () => {
    const before = socket.pictureMs;
    socket.request("edited", [{}, {}], ignore);
    settle(30);
    assert.equal(socket.pictureMs, before + 0.2 * (30 - before));
  });

  test("bytes of an answer come back as they were packed", () => {
    const random = seeded(2);
    const [count, side] = [3, 4];
    const rgb = Array.from({ length: count * side * side * 3 }, () => below(256, random));
    const support = [0, 0.25, 1];
    const number = 4_000_000_000;
    const answer = readPictures(
      bytes({ number, count, side, milliseconds: 2.5, rgb, support }),
      HEADER
    );
    const { pictures, ...about } = answer;
    assert.deepEqual(about, { number, count, side, milliseconds: 2.5, support });
    const opaque = pictures.flatMap(({ data }) => [...data]);
    assert.deepEqual(
      opaque.filter((_, k) => k % 4 < 3),
      rgb
    );
    assert.ok(opaque.every((v, k) => k % 4 < 3 || v === 255));
    assert.deepEqual([pictures[0].width, pictures[0].height], [side, side]);
  });
});
