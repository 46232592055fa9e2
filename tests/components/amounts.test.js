import assert from "node:assert/strict";
import { test } from "node:test";
import { rounded, signed } from "../../explorer/components/amounts.js";

test("amounts are written with their sign, a true minus, and two digits", () => {
  const written = { 0: "0", 1: "+1.00", "-0.05": "−0.05", 2.456: "+2.46" };
  for (const [amount, text] of Object.entries(written)) assert.equal(signed(Number(amount)), text);
  assert.equal(signed(-0), "0");
});

test("amounts are set in hundredths", () => {
  const set = { 0.05: 0.05, 1.0000000000000002: 1, 2.456: 2.46, "-0.3000001": -0.3 };
  for (const [amount, kept] of Object.entries(set)) assert.equal(rounded(Number(amount)), kept);
});
