// What the legend hides: categories of each colour, and the faces outside the filter.

class Hiding {
  constructor() {
    this.categories = new Map(); // column -> Set of categories
  }

  // Those of a column.
  of(column) {
    if (!this.categories.has(column)) this.categories.set(column, new Set());
    return this.categories.get(column);
  }

  toggle(column, category) {
    const hidden = this.of(column);
    if (!hidden.delete(category)) hidden.add(category);
  }

  // What Streamlit says of the faces outside the filter, until the legend says otherwise.
  read(hideRest) {
    if (Boolean(hideRest) !== this.said) this.toggled = false;
    this.said = Boolean(hideRest);
  }

  toggleRest() {
    this.toggled = !this.toggled;
  }

  get rest() {
    return this.said !== Boolean(this.toggled);
  }
}
