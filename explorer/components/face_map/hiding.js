// What the legend hides: categories of each colour, and the faces outside the filter.

export class Hiding {
  constructor() {
    this.categories = new Map(); // column -> Set of categories
    this.rest = false; // faces outside the filter are grey
  }

  // Those of a column.
  of(column) {
    if (!this.categories.has(column)) this.categories.set(column, new Set());
    return this.categories.get(column);
  }

  // Hide some categories, or show them where the first of them is hidden.
  toggle(column, categories) {
    const hidden = this.of(column);
    const hide = !hidden.has(categories[0]);
    for (const category of categories) hide ? hidden.add(category) : hidden.delete(category);
  }

  toggleRest() {
    this.rest = !this.rest;
  }
}
