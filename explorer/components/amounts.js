// Amounts of sliders, which count in hundredths: as they are set, and how they are written.

/** @param {number} value */
export const rounded = (value) => Number(value.toFixed(2));

/** @param {number} value */
export const signed = (value) =>
  value === 0 ? "0" : (value > 0 ? "+" : "−") + Math.abs(value).toFixed(2);
