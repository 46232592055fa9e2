// The face map: points on a canvas, rings and paths on a second one above it, a card, a legend and
// tools; see __init__.py for `data`. The other files of this folder hold its parts.

import { onEditedFace } from "../edited_face.js";
import { _, n_ } from "../language.js";
import { element, LiveSocket, liveUrl, NewestSocket } from "../live_socket.js";
import { Messages } from "../messages.js";
import { columnInHand, IN_HAND, onSliderInHand } from "../slider_in_hand.js";
import { Address } from "./address.js";
import { arranged } from "./arrange.js";
import { Camera } from "./camera.js";
import { ColourMenu } from "./colour_menu.js";
import { MapColumns } from "./columns.js";
import { Crosshair } from "./crosshair.js";
import { Decode } from "./decode.js";
import { Density } from "./density.js";
import { FaceLayer } from "./face_layer.js";
import { Hand } from "./hand.js";
import { Hiding } from "./hiding.js";
import { Hover } from "./hover.js";
import { Keys } from "./keys.js";
import { countOf } from "./lasso.js";
import { Legend } from "./legend.js";
import { Linked } from "./linked.js";
import { Meeting } from "./meeting.js";
import { Motion } from "./motion.js";
import { Neighbours } from "./neighbours.js";
import { Overlay } from "./overlay.js";
import { Scene } from "./scene.js";
import { Selection } from "./selection.js";
import { Faces, Photos } from "./thumbnails.js";
import { Toolbar } from "./toolbar.js";
import { mapTools } from "./tools.js";
import { Walker } from "./walker.js";

/**
 * @import { Always, MapData, MapMessage, Mounting } from "../types.d.ts"
 * @import { Column, Layout, Shown } from "./types.d.ts"
 */

export class FaceMap {
  // Made by build().

  /** @type {HTMLDivElement} */
  root;
  /** @type {HTMLDivElement} */
  stage;
  /** @type {HTMLCanvasElement} */
  canvas;
  /** @type {Overlay} */
  overlay;
  /** @type {HTMLDivElement} */
  frame;
  /** @type {HTMLDivElement} */
  message;
  /** @type {HTMLDivElement} */
  said;
  /** @type {Legend} */
  legend;
  /** @type {ColourMenu} */
  menu;
  /** @type {Neighbours} */
  neighbours;

  // Made when they are needed.

  /** @type {NewestSocket | undefined} */
  ownSocket;
  /** @type {unknown[] | undefined} */
  drawn; // what the points were arranged for

  // Known once Python and the routes have said so.

  /** @type {MapColumns} */
  columns;
  /** @type {Layout} */
  layout;
  /** @type {string} */
  layoutName;
  /** @type {Column} */
  colour;
  /** @type {string} */
  colourName;
  /** @type {Uint8Array | null} */
  mask;
  /** @type {Shown} */
  shown;
  /** @type {string[]} */
  ids;
  picked = -1; // row of the face that is edited
  pointed = -1; // row that is pointed at elsewhere
  turn = 0;
  closed = false;

  /**
   * @param {HTMLElement} parent
   * @param {MapData} data
   */
  constructor(parent, data) {
    this.data = data;
    /** @type {Messages<MapMessage>} */
    this.messages = new Messages(data);
    this.hiding = new Hiding();
    this.camera = new Camera();
    this.meeting = new Meeting(this.camera);
    this.live = new LiveSocket(liveUrl(data.live.path), () => {}, data.live, this.whose);
    this.faces = new Faces(this.live, data.rules);
    this.photos = new Photos((id) => (this.data.pictures ? this.columns.picture(id) : null));
    this.pointLayer = { on: true };
    this.faceLayer = new FaceLayer(this);
    this.density = new Density(this);
    this.linked = new Linked(this);
    this.selection = new Selection(
      () => this.data.count,
      (here) => this.selected(here),
      (selected) => !this.data.twin && this.messages.tell({ selected })
    );
    this.address = new Address(this, (kept) => this.messages.tell({ kept }));
    this.build(parent);
    this.hover = new Hover(this);
    this.decode = new Decode(this, () => this.questions);
    this.motion = new Motion(
      this.camera,
      () => {
        this.hover.card.hide();
        this.decode.leave();
        this.crosshair.drop(); // its corners are pixels
        this.address.later();
        this.touch();
      },
      (view) => this.linked.say({ view, dims: this.layout.dims })
    );
    this.frame.append(this.decode.path.root);
    this.hand = new Hand(this);
    this.crosshair = new Crosshair(this);
    this.stage.after(new Toolbar(mapTools(this)).root);
    this.keys = new Keys(this);
    this.walker = new Walker(
      this,
      () => this.questions,
      (found) => !data.twin && this.neighbours.show(found),
      (first) => {
        if (first && this.shown) this.showLegend();
        this.touchOverlay();
      }
    );
    this.scene = new Scene(this, [this.faceLayer, this.walker, this.decode, this.crosshair]);
    this.stopFollowing = onEditedFace(({ renderer }) => this.drawBy(renderer));
    this.unlisten = onSliderInHand(() => this.colourName === IN_HAND && this.update(this.data));
    /** @param {PointerEvent} event */
    this.onElsewhere = (event) => {
      if (!event.composedPath().includes(this.stage)) this.stage.classList.remove("awake");
    };
    window.addEventListener("pointerdown", this.onElsewhere, true);
    this.resizing = new ResizeObserver(() => this.resize());
    this.resizing.observe(this.stage);
    this.resize();
  }

  // A socket of its own for what is asked while a hand moves, opened when it is first needed.
  get questions() {
    return (this.ownSocket ??= new NewestSocket(
      liveUrl(this.data.live.path),
      () => {},
      this.whose
    ));
  }

  /**
   * What questions say of the run that they are about.
   * @returns {Always}
   */
  get whose() {
    return this.data.twin ? { twin: true } : {};
  }

  /** @param {HTMLElement} parent */
  build(parent) {
    const { name } = this.data;
    this.canvas = element("canvas", { class: "points", role: "img", "aria-label": name });
    this.overlay = new Overlay(this.camera);
    this.stage = element(
      "div",
      {
        class: "stage",
        tabindex: 0,
        role: "application",
        "aria-label": _("{name}: arrow keys walk from face to face, Enter takes one", { name }),
        style: `height: ${this.data.height}`,
      },
      this.density.canvas,
      this.canvas,
      this.overlay.canvas
    );
    this.message = element("div", { class: "message", role: "alert", hidden: "" });
    this.said = element("div", { class: "said", "aria-live": "polite" });
    this.legend = new Legend(
      (categories) => {
        this.hiding.toggle(this.colourName, categories);
        this.arrange();
      },
      () => {
        this.hiding.toggleRest();
        this.arrange();
      },
      () => this.selection.set(null)
    );
    this.menu = new ColourMenu(
      `${this.data.key} ${name}`,
      (colour) => {
        this.update(this.data);
        this.linked.say({ colour });
        this.address.later();
      },
      (colour) => this.data.tells_colour && this.messages.tell({ colour })
    );
    this.neighbours = new Neighbours(this);
    this.frame = element("div", { class: "frame" }, this.stage, this.legend.root, this.message);
    this.root = element(
      "div",
      { class: "face-map" },
      this.data.twin ? element("div", { class: "colour" }, name) : this.menu.root,
      this.frame,
      this.neighbours.root,
      this.said
    );
    parent.append(this.root);
  }

  /** @param {string} text */
  tell(text) {
    this.message.textContent = text && _(text);
    this.message.hidden = !text;
  }

  /**
   * To those who cannot see the map.
   * @param {string} text
   */
  say(text) {
    this.said.textContent = text;
  }

  /**
   * Take what Python says. Columns that are known are not fetched again.
   * @param {MapData} data
   */
  async update(data) {
    const before = this.data;
    this.data = data;
    this.messages.heard(data);
    if (!this.columns || data.key !== before.key) {
      this.columns = new MapColumns(data);
      this.columns.known().then(
        (columns) => this.menu.fill(columns),
        () => {}
      );
    }
    this.colourName = this.menu.agreed(data.colour);
    this.turn += 1;
    const { turn } = this;
    try {
      const [layout, colour, mask] = await Promise.all([
        this.columns.positions(data.layout),
        this.columns.column(columnInHand(this.colourName)),
        this.columns.mask(data.filter),
      ]);
      if (turn !== this.turn || this.closed) return; // a later word has come
      this.tell("");
      this.take(layout, colour, mask);
    } catch (error) {
      if (turn === this.turn) this.tell(/** @type {Error} */ (error).message);
    }
  }

  /**
   * @param {Layout} layout
   * @param {Column} colour
   * @param {Uint8Array | null} mask
   */
  take(layout, colour, mask) {
    this.layoutName = this.data.layout;
    const laid = layout !== this.layout;
    if (laid) this.lay(layout);
    if (colour !== this.colour) this.scene.renderer.set("values", colour.values);
    this.colour = colour;
    this.mask = mask;
    this.selection.read(this.data.selected ?? "");
    this.scene.readTheme();
    // What is drawn already is not drawn again: of all of CelebA that takes most of a second.
    const drawn = [
      layout,
      colour,
      mask,
      this.data.selected,
      this.hiding.rest,
      this.scene.theme.dark,
    ];
    const before = this.drawn;
    if (!before || drawn.some((value, k) => value !== before[k])) this.arrange();
    this.drawn = drawn;
    if (laid) this.address.open();
    this.columns.ids().then((ids) => {
      const first = !this.ids;
      this.ids = ids;
      if (first && this.data.twin) this.linked.say({ hello: true });
      this.picked = ids.indexOf(this.data.picked ?? "");
      this.showLegend();
      this.touchOverlay();
    });
  }

  /**
   * New positions: points glide from where they are.
   * @param {Layout} layout
   */
  lay(layout) {
    const before = this.layout;
    this.layout = layout;
    this.scene.renderer.set("to", layout);
    if (this.motion.lay(layout, Boolean(before))) this.scene.renderer.set("from", before);
    this.linked.fitted();
    this.walker.follow();
    this.decode.end();
    this.address.later();
  }

  arrange() {
    const { mask, selection, colour, data } = this;
    this.shown = arranged(colour.values, {
      mask,
      selection: selection.rows,
      hidden: this.hiding.of(this.colourName),
      hideRest: this.hiding.rest,
    });
    this.meeting.take(this.layout, this.shown);
    this.scene.renderer.set("order", this.shown.order);
    this.showLegend();
    this.touch();
    this.canvas.dataset.layout = data.layout;
    this.canvas.dataset.colour = this.colourName;
    this.canvas.dataset.filter = data.filter ?? "";
  }

  showLegend() {
    const { colour, shown } = this;
    this.legend.show({
      about: colour.about,
      palette: this.scene.palette,
      counts: shown.counts,
      rest: colour.values.length - shown.passing,
      hidden: this.hiding.of(this.colourName),
      hideRest: this.hiding.rest,
      picked: this.picked >= 0,
      walks: Boolean(this.walker.place),
      selected: countOf(this.selection.rows),
    });
  }

  fit() {
    this.camera.fitted = this.camera.view = this.camera.fitting(this.layout);
    this.linked.fitted();
  }

  resize() {
    const { width, height } = this.stage.getBoundingClientRect(); // may be parts of a pixel
    if (!width || !height) return;
    if (this.camera.resize(width, height) && this.layout) this.fit();
    if (this.shown) this.address.open();
    this.touch();
  }

  /**
   * Another group was selected.
   * @param {boolean} here not because of another map
   */
  selected(here) {
    this.arrange();
    this.address.later();
    if (here) this.linked.say({ select: this.linked.ids(this.selection.rows) });
    const count = countOf(this.selection.rows);
    this.say(
      count
        ? n_("{shown} face selected", "{shown} faces selected", count, {
            shown: count.toLocaleString("en"),
          })
        : _("Nothing selected")
    );
  }

  touch() {
    this.scene.touch();
  }

  touchOverlay() {
    this.scene.touchOverlay();
  }

  /**
   * The row under a pixel, -1 for none.
   * @param {number} x
   * @param {number} y
   */
  rowAt(x, y) {
    if (!this.shown || this.motion.ofPoints) return -1;
    const face = this.faceLayer.rowAt(x, y);
    return face >= 0 ? face : this.meeting.rowAt(x, y);
  }

  /**
   * Another map of the page is coloured by this.
   * @param {string} name
   */
  colourBy(name) {
    this.menu.take(name);
    this.update(this.data);
  }

  /**
   * A row is pointed at elsewhere, -1 for none.
   * @param {number} row
   */
  point(row) {
    this.pointed = row;
    this.touchOverlay();
    this.hover.show(row);
  }

  /**
   * Faces are drawn as the edited one is; without an editor, as the mean.
   * @param {string | undefined} renderer as a recipe names it
   */
  drawBy(renderer) {
    if (renderer === this.faces.renderer) return;
    this.faces.renderer = renderer;
    this.faceLayer.atlas.renew();
    this.neighbours.refreshAfter(0);
    this.hover.again();
    this.decode.again();
    this.touchOverlay();
  }

  /**
   * Make the face of a row the edited one.
   * @param {number} row
   */
  async edit(row) {
    this.messages.tell({ picked: await this.idOf(row) });
  }

  /** @param {number} row */
  async idOf(row) {
    return (this.ids ?? (await this.columns.ids()))[row];
  }

  // Until a finger tapped the map, its swipes scroll the page.
  wake() {
    this.stage.classList.add("awake");
  }

  close() {
    this.closed = true;
    window.removeEventListener("pointerdown", this.onElsewhere, true);
    this.unlisten?.();
    this.stopFollowing?.();
    this.address.close();
    this.linked.close();
    this.walker.close();
    this.decode.end();
    this.neighbours.close();
    this.faceLayer.close();
    this.live.close();
    this.ownSocket?.close();
    this.resizing?.disconnect();
    this.root.remove();
  }
}

/** @type {WeakMap<HTMLElement, FaceMap>} */
const maps = new WeakMap();

/** @param {Mounting<MapData>} mounting */
export default function ({ parentElement, data, setTriggerValue }) {
  let map = maps.get(parentElement);
  if (!map) {
    map = new FaceMap(parentElement, data);
    maps.set(parentElement, map);
  }
  map.messages.commit = (messages) => setTriggerValue("messages", messages);
  map.update(data);
  return () => {
    map.close();
    maps.delete(parentElement);
  };
}
