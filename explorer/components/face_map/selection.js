// The selected group: packed bits of rows, null for none, and what Streamlit knows of it.

import { bit } from "./columns.js";
import { bitsOf, combined, textOf } from "./lasso.js";

export class Selection {
  /**
   * @param {() => number} count faces on the map
   * @param {(here: boolean) => void} onChange it is another group
   * @param {(text: string) => void} tell Streamlit hears
   */
  constructor(count, onChange, tell) {
    this.count = count;
    this.onChange = onChange;
    this.tell = tell;
    /** @type {Uint8Array | null} */
    this.rows = null;
    /** @type {string | null} */
    this.own = null;
  }

  /**
   * What Streamlit says is selected, unless it has not yet heard of what was selected here.
   * @param {string} said
   */
  read(said) {
    if (said === this.own) this.own = null;
    if (this.own === null) this.rows = bitsOf(said);
  }

  /**
   * Take a group as the selection and tell Streamlit. here: not because of another map.
   * @param {Uint8Array | null} rows
   */
  set(rows, here = true) {
    this.rows = rows;
    this.own = textOf(rows);
    this.onChange(here);
    this.tell(this.own);
  }

  /**
   * A new group: Shift adds it, Alt takes it away.
   * @param {Uint8Array} rows
   * @param {{ shiftKey: boolean, altKey: boolean }} event
   */
  extend(rows, { shiftKey, altKey }) {
    this.set(combined(this.rows, rows, shiftKey ? "add" : altKey ? "remove" : "replace"));
  }

  /**
   * One face joins the group, or leaves it.
   * @param {number} row
   */
  toggle(row) {
    const rows = new Uint8Array(Math.ceil(this.count() / 8));
    rows[row >> 3] = 1 << (row & 7);
    const inside = this.rows && bit(this.rows, row);
    this.set(combined(this.rows, rows, inside ? "remove" : "add"));
  }
}
