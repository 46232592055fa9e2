// Which points are near: a uniform grid over places in the plane, in typed arrays.

const PER_CELL = 2; // points, on average

// Over (N, stride) numbers whose first two are x and y; `rows` limits it to some of them.
export class GridIndex {
  /**
   * @param {ArrayLike<number>} places
   * @param {number} stride
   * @param {Uint32Array | null} rows
   */
  constructor(places, stride, rows = null) {
    this.places = places;
    this.stride = stride;
    const count = rows ? rows.length : places.length / stride;
    /** @param {number} k */
    const row = (k) => (rows ? rows[k] : k);
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let k = 0; k < count; k++) {
      const [x, y] = [places[row(k) * stride], places[row(k) * stride + 1]];
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
    const [width, height] = [right - left || 1, bottom - top || 1];
    this.cell = Math.sqrt((width * height * PER_CELL) / Math.max(1, count));
    this.cell = Math.max(this.cell, Math.max(width, height) / 4096);
    this.left = left;
    this.top = top;
    this.columns = Math.floor(width / this.cell) + 1;
    this.lines = Math.floor(height / this.cell) + 1;
    // Counting sort: rows of cell c are at rows[start[c]] to rows[start[c + 1] - 1].
    const cells = new Uint32Array(count);
    this.start = new Uint32Array(this.columns * this.lines + 1);
    for (let k = 0; k < count; k++) {
      const at = row(k) * stride;
      const line = Math.floor((places[at + 1] - top) / this.cell);
      cells[k] = line * this.columns + Math.floor((places[at] - left) / this.cell);
      this.start[cells[k] + 1] += 1;
    }
    for (let c = 1; c < this.start.length; c++) this.start[c] += this.start[c - 1];
    const next = this.start.slice();
    this.rows = new Uint32Array(count);
    for (let k = 0; k < count; k++) this.rows[next[cells[k]]++] = row(k);
  }

  /**
   * The k nearest rows to (x, y), nearest first; `within` limits how far.
   * @param {number} x
   * @param {number} y
   */
  nearest(x, y, k = 1, within = Infinity) {
    /** @type {number[]} */
    const rows = [];
    /** @type {number[]} */
    const distances = [];
    /**
     * @param {number} column
     * @param {number} line
     */
    const visit = (column, line) => {
      const c = line * this.columns + column;
      for (let at = this.start[c]; at < this.start[c + 1]; at++) {
        const row = this.rows[at];
        const dx = this.places[row * this.stride] - x;
        const dy = this.places[row * this.stride + 1] - y;
        const distance = Math.sqrt(dx * dx + dy * dy);
        if (distance > within || (rows.length === k && distance >= distances[k - 1])) continue;
        let place = Math.min(rows.length, k - 1);
        for (; place > 0 && distances[place - 1] > distance; place--) {
          rows[place] = rows[place - 1];
          distances[place] = distances[place - 1];
        }
        rows[place] = row;
        distances[place] = distance;
      }
    };
    // Rings of cells around the one of (x, y); those of ring r are at least r - 1 cells away.
    const column = Math.floor((x - this.left) / this.cell);
    const line = Math.floor((y - this.top) / this.cell);
    /** @param {number} c */
    const inColumns = (c) => c >= 0 && c < this.columns;
    const outermost = Math.max(
      Math.abs(column),
      Math.abs(line),
      Math.abs(this.columns - 1 - column),
      Math.abs(this.lines - 1 - line)
    );
    // Rings that do not touch the grid yet are skipped.
    /**
     * @param {number} at
     * @param {number} size
     */
    const beside = (at, size) => Math.max(0, -at, at - size + 1);
    const first = Math.max(beside(column, this.columns), beside(line, this.lines));
    for (let ring = first; ring <= outermost; ring++) {
      const away = (ring - 1) * this.cell;
      if (away > within || (rows.length === k && away > distances[k - 1])) break;
      for (let l = Math.max(0, line - ring); l <= Math.min(this.lines - 1, line + ring); l++) {
        const whole = Math.abs(l - line) === ring;
        if (whole) {
          const last = Math.min(this.columns - 1, column + ring);
          for (let c = Math.max(0, column - ring); c <= last; c++) visit(c, l);
        } else {
          if (inColumns(column - ring)) visit(column - ring, l);
          if (inColumns(column + ring)) visit(column + ring, l);
        }
      }
    }
    return { rows, distances };
  }
}

/**
 * The row whose place lies nearest in a direction (dx, dy unit, y down) within a right angle,
 * preferring what lies straight ahead; -1 when there is none.
 * @param {ArrayLike<number>} places
 * @param {number} stride
 * @param {number} from
 * @param {number} dx
 * @param {number} dy
 * @param {(row: number) => boolean} accept whether it may be
 */
export function rowToward(places, stride, from, dx, dy, accept) {
  const [x, y] = [places[from * stride], places[from * stride + 1]];
  let [best, least] = [-1, Infinity];
  for (let row = 0, at = 0; at < places.length; row++, at += stride) {
    const [px, py] = [places[at] - x, places[at + 1] - y];
    const along = px * dx + py * dy;
    const aside = Math.abs(px * dy - py * dx);
    if (along <= 0 || aside > along || row === from) continue;
    const cost = along + 2 * aside;
    if (cost < least && accept(row)) [best, least] = [row, cost];
  }
  return best;
}
