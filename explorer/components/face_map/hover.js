// The face of the point under the pointer or under the keyboard's cursor, in a card beside it.

import { _ } from "../language.js";
import { OUTSIDE } from "./arrange.js";
import { Card } from "./thumbnails.js";

/** @import { FaceMap } from "./face_map.js" */

export class Hover {
  /** @param {FaceMap} map */
  constructor(map) {
    this.map = map;
    this.row = -1; // under the pointer
    this.cursor = -1; // of the keyboard
    this.card = new Card(map.stage);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  at(x, y) {
    const row = this.map.rowAt(x, y);
    if (row !== this.row) this.meet(row);
  }

  leave() {
    this.meet(-1);
  }

  /** @param {number} row */
  meet(row) {
    this.row = row;
    this.map.stage.classList.toggle("over", row >= 0);
    this.map.touchOverlay();
    this.map.linked.say({ hover: row >= 0 ? (this.map.ids?.[row] ?? null) : null });
    this.show(row);
  }

  /** @param {number} row */
  async show(row) {
    const { map, card } = this;
    if (row < 0) return card.hide();
    const id = await map.idOf(row);
    const now = () => [this.row, this.cursor, map.pointed].includes(row);
    if (!now()) return;
    const coming = map.photos.get(id);
    map.faces.ask("hover", id, async (image) => {
      const photo = await coming;
      if (!now() || map.motion.under) return;
      const [x, y] = map.meeting.placeOf(row);
      card.show({ id, image, photo, name: this.nameOf(row, id), x, y });
      map.columns.about(id).then(
        ({ attributes }) => card.say(id, attributes.join(", ")),
        () => {}
      );
    });
  }

  /**
   * @param {number} row
   * @param {string} id
   */
  nameOf(row, id) {
    const { colour, shown } = this.map;
    const { about, values } = colour;
    const number = id.replace(/\.jpg$/, "");
    if (shown.state[row] === OUTSIDE) return `${number}, ${_("outside the filter")}`;
    if (about.kind === "categories") return `${number}, ${about.labels[values[row]]}`;
    const [low, high] = about.range;
    const value = low + (values[row] / 255) * (high - low);
    return `${number}, ${about.title} ${Number(value.toPrecision(2))}`;
  }

  /**
   * The cursor goes to a row, which is told to those who cannot see it.
   * @param {number} row
   */
  async walkTo(row) {
    this.cursor = row;
    this.show(row);
    const id = await this.map.idOf(row);
    const { attributes } = await this.map.columns.about(id).catch(() => ({ attributes: [] }));
    if (this.cursor === row) this.map.say([this.nameOf(row, id), ...attributes].join(", "));
  }

  // The face that is shown, drawn by another renderer.
  again() {
    const row = [this.row, this.cursor, this.map.pointed].find((shown) => shown >= 0);
    if (row !== undefined) this.show(row);
  }

  leaveCursor() {
    this.cursor = -1;
    this.map.say("");
    this.meet(-1);
  }
}
