// What the legend hides: categories of each colour, and the faces outside the filter.

export class Hiding {
  constructor() {
    /** @type {Map<string, Set<number>>} */
    this.categories = new Map(); // column -> categories
    this.rest = false; // faces outside the filter are grey
  }

  /**
   * Those of a column.
   * @param {string} column
   */
  of(column) {
    const known = this.categories.get(column) ?? new Set();
    this.categories.set(column, known);
    return known;
  }

  /**
   * Hide some categories, or show them where the first of them is hidden.
   * @param {string} column
   * @param {number[]} categories
   */
  toggle(column, categories) {
    const hidden = this.of(column);
    const hide = !hidden.has(categories[0]);
    for (const category of categories) hide ? hidden.add(category) : hidden.delete(category);
  }

  toggleRest() {
    this.rest = !this.rest;
  }
}
