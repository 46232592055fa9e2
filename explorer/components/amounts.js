// Amounts of sliders: how far two of them are apart, and how one is written.

export const STEP = 0.05;

export const signed = (value) =>
  value === 0 ? "0" : (value > 0 ? "+" : "−") + Math.abs(value).toFixed(2);
