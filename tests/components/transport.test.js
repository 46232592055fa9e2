import assert from "node:assert/strict";
import { test } from "node:test";
import { addressWith, inAddress, keepBehindHash } from "../../explorer/components/address.js";
import { answerBelow, fetched, openSocket } from "../../explorer/components/transport.js";
import { Transport, withWindow } from "./browser.js";

withWindow();

test("what is asked below a path is answered by who is nearer, everything else by the server", async () => {
  const socket = {};
  const asked = [];
  const answers = {
    socket: () => socket,
    fetch: async (address) => {
      asked.push(address);
      return "near";
    },
  };
  const stop = answerBelow("/near", answers);
  assert.equal(openSocket("ws://localhost:8501/app/near"), socket);
  assert.equal(await fetched("/app/near/key/ids"), "near");
  assert.deepEqual(asked, ["/key/ids"]);
  assert.ok(openSocket("ws://localhost:8501/app/live") instanceof Transport);
  stop();
  assert.ok(openSocket("ws://localhost:8501/app/near") instanceof Transport);
});

test("the address holds a face as a query, or behind its # alone", () => {
  window.location = new URL("https://faces.example.org/app/?lens=codes&face=abc#face=xyz");
  assert.equal(inAddress("face"), "abc");
  const query = "https://faces.example.org/app/?lens=codes&face=d-e_f#face=xyz";
  assert.equal(addressWith("face", "d-e_f"), query);
  keepBehindHash();
  assert.equal(inAddress("face"), "xyz");
  const hash = "https://faces.example.org/app/?lens=codes&face=abc#face=d-e_f";
  assert.equal(addressWith("face", "d-e_f"), hash);
  assert.equal(window.location.href.endsWith("#face=xyz"), true);
});
