// Locks: what is left of a vector when some attributes are held still, explorer/recipe/locks.py.

import { dot } from "./space.js";

const INDEPENDENT = 1e-6; // of the largest singular value, as there
const TURNS = 60; // of Jacobi's method, which needs a handful

/**
 * What is left of a vector, and the share that the locks remove, 0 to 1. Readouts of length 0 hold
 * nothing.
 * @param {ArrayLike<number>} vector
 * @param {ArrayLike<number>[]} readouts
 */
export function hold(vector, readouts) {
  const rows = readouts.map((readout) => {
    const length = Math.sqrt(dot(readout, readout)) || 1;
    return Float64Array.from(readout, (v) => v / length);
  });
  const { values, vectors } = eigen(rows.map((a) => rows.map((b) => dot(a, b))));
  const least = INDEPENDENT ** 2 * Math.max(0, ...values); // squares of singular values
  const left = Float64Array.from(vector);
  let removed = 0;
  values.forEach((value, k) => {
    if (!(value > least)) return;
    const basis = new Float64Array(vector.length); // of length 1
    rows.forEach((row, r) => {
      const share = vectors[r][k] / Math.sqrt(value);
      for (let d = 0; d < row.length; d++) basis[d] += share * row[d];
    });
    const along = dot(basis, vector);
    removed += along * along;
    for (let d = 0; d < left.length; d++) left[d] -= along * basis[d];
  });
  const length = dot(vector, vector);
  const share = length > 0 ? Math.min(removed / length, 1) : 0;
  return { left: Float32Array.from(left), share };
}

/**
 * Eigenvalues of a symmetric matrix, and its eigenvectors as columns (Jacobi 1846).
 * @param {number[][]} matrix
 */
function eigen(matrix) {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const vectors = a.map((_, r) => a.map((_, c) => Number(r === c)));
  for (let turn = 0; turn < TURNS; turn++) {
    let off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        off += a[p][q] ** 2;
        if (!a[p][q]) continue;
        const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k++) [a[k][p], a[k][q]] = turned(a[k][p], a[k][q], c, s);
        for (let k = 0; k < n; k++) [a[p][k], a[q][k]] = turned(a[p][k], a[q][k], c, s);
        for (const row of vectors) [row[p], row[q]] = turned(row[p], row[q], c, s);
      }
    }
    if (off < 1e-30) break;
  }
  return { values: a.map((row, k) => row[k]), vectors };
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number} c
 * @param {number} s
 */
const turned = (x, y, c, s) => [c * x - s * y, s * x + c * y];
