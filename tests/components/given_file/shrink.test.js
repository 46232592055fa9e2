import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { fitted, TooLarge, toSend } from "../../../explorer/components/given_file/shrink.js";

const MB = 1024 * 1024;
const SENT = new Blob(["smaller"]);

// Of a browser that reads files of up to 9 MB as pictures of 4000 x 3000 pixels.
beforeEach(() => {
  globalThis.createImageBitmap = async (file) => {
    if (file.size > 9 * MB) throw new Error("no picture");
    return { width: 4000, height: 3000, close() {} };
  };
  const pen = { fillRect() {}, drawImage() {} };
  globalThis.document = {
    createElement: () => ({
      getContext: () => pen,
      toBlob(done) {
        assert.deepEqual([this.width, this.height], [1600, 1200]);
        done(SENT);
      },
    }),
  };
});

const file = (bytes) => new Blob([new Uint8Array(bytes)]);

test("the longer side fits, the other follows, nothing is made larger", () => {
  assert.deepEqual(fitted(4000, 3000, 1600), [1600, 1200]);
  assert.deepEqual(fitted(3000, 4000, 1600), [1200, 1600]);
  assert.deepEqual(fitted(640, 480, 1600), [640, 480]);
  assert.deepEqual(fitted(40000, 1, 1600), [1600, 1]);
});

test("small files go as they are, large photos smaller, whatever their size", async () => {
  const small = file(1000);
  assert.equal(await toSend(small, 5 * MB, 1600), small);
  assert.equal(await toSend(file(2 * MB), 5 * MB, 1600), SENT);
  assert.equal(await toSend(file(8 * MB), 5 * MB, 1600), SENT);
});

test("what the browser cannot read goes as it is, unless it is too large", async () => {
  const unread = file(10 * MB);
  assert.equal(await toSend(unread, 11 * MB, 1600), unread);
  await assert.rejects(toSend(unread, 5 * MB, 1600), (error) => {
    assert.ok(error instanceof TooLarge);
    assert.match(
      error.message,
      /^Expected a file of at most 5\.0 MB, or .+; found 10\.0 MB\. Save/
    );
    return true;
  });
});

test("files that are no photos are never redrawn", async () => {
  const table = file(2 * MB);
  assert.equal(await toSend(table, 3 * MB, null), table);
  await assert.rejects(toSend(table, 64 * 1024, null), /at most 64 KB; found 2\.0 MB/);
});
