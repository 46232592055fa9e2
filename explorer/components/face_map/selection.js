// The selected group: packed bits of rows, null for none, and what Streamlit knows of it.

import { bit } from "./columns.js";
import { bitsOf, combined, textOf } from "./lasso.js";

export class Selection {
  // count: () => faces on the map. onChange(here): it is another group. tell(text): Streamlit hears.
  constructor(count, onChange, tell) {
    Object.assign(this, { count, onChange, tell, rows: null, own: null });
  }

  // What Streamlit says is selected, unless it has not yet heard of what was selected here.
  read(said) {
    if (said === this.own) this.own = null;
    if (this.own === null) this.rows = bitsOf(said);
  }

  // Take a group as the selection and tell Streamlit. here: not because of another map.
  set(rows, here = true) {
    this.rows = rows;
    this.own = textOf(rows);
    this.onChange(here);
    this.tell(this.own);
  }

  // A new group: Shift adds it, Alt takes it away.
  extend(rows, { shiftKey, altKey }) {
    this.set(combined(this.rows, rows, shiftKey ? "add" : altKey ? "remove" : "replace"));
  }

  // One face joins the group, or leaves it.
  toggle(row) {
    const rows = new Uint8Array(Math.ceil(this.count() / 8));
    rows[row >> 3] = 1 << (row & 7);
    const inside = this.rows && bit(this.rows, row);
    this.set(combined(this.rows, rows, inside ? "remove" : "add"));
  }
}
