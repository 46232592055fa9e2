// Numbers that come by chance, but the same ones in every run.

// Mulberry32: calls give numbers from 0 up to, but not including, 1.
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// A whole number from 0 to count - 1.
export const below = (count, random) => Math.floor(count * random());

// Packed bits of (N,) booleans.
export function packed(chosen) {
  const bits = new Uint8Array(Math.ceil(chosen.length / 8));
  chosen.forEach((yes, row) => {
    if (yes) bits[row >> 3] |= 1 << (row & 7);
  });
  return bits;
}
