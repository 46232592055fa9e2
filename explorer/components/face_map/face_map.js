// The face map: points on a WebGL canvas, rings and paths on a second one above it, a card, a
// legend and tools; see __init__.py for `data`. The other files of this folder hold its parts;
// LiveSocket, element, paint and liveUrl come from ../live_socket.js.

const REACH = 12; // pixels between the pointer and the point it means
const TRANSITION = 650; // ms from one layout to the next
const GLIDE = 180; // ms of a step of the view
const KEY_ZOOM = 1.4;
const KEY_PAN = 60; // pixels
const GREY_OPACITY = 0.16;
const WHILE_MOVING = 60_000; // points drawn while a hand moves the view; all of them at rest
const NO_WEBGL =
  "This browser cannot draw the map: it needs WebGL 2. Turn on hardware acceleration in its " +
  "settings, or open the page in a current Firefox, Chrome, Edge or Safari.";

const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const easy = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);

class FaceMap {
  constructor(parent, data) {
    this.data = data;
    this.tool = "move";
    this.hidden = new Map(); // column -> Set of categories that the legend hides
    this.frames = 0;
    this.build(parent);
    this.camera = new Camera();
    this.live = new LiveSocket(liveUrl(data.live), () => {});
    this.faces = new Faces(this.live);
    try {
      this.renderer = new Renderer(this.canvas, () => this.touch());
    } catch (error) {
      if (!(error instanceof NoWebGL)) throw error;
      this.tell(NO_WEBGL);
      return;
    }
    this.gestures = new Gestures(this.stage, {
      hover: (x, y) => this.hoverAt(x, y),
      leave: () => this.hover(-1),
      click: (x, y) => this.clickAt(x, y),
      press: (x, y) => (this.pressed = [x, y]),
      drag: (x, y, dx, dy, event) => this.drag(x, y, dx, dy, event),
      release: (event, moved) => this.release(event, moved),
      zoom: (x, y, factor, smooth) => this.look(this.camera.zoomed(x, y, factor), smooth),
    });
    this.stage.addEventListener("keydown", (event) => this.key(event));
    this.stage.addEventListener("blur", () => this.leaveCursor());
    this.unlisten = onSliderInHand(() => this.colourName === IN_HAND && this.update(this.data));
    this.resizing = new ResizeObserver(() => this.resize());
    this.resizing.observe(this.stage);
    this.resize();
  }

  build(parent) {
    const { name } = this.data;
    this.canvas = element("canvas", { class: "points", role: "img", "aria-label": name });
    this.overlay = element("canvas", { class: "overlay", "aria-hidden": "true" });
    this.stage = element(
      "div",
      {
        class: "stage",
        tabindex: 0,
        role: "application",
        "aria-label": `${name}: arrow keys walk from face to face, Enter takes one`,
        style: `height: ${this.data.height}px`,
      },
      this.canvas,
      this.overlay
    );
    this.card = new Card(this.stage);
    this.message = element("div", { class: "message", role: "alert", hidden: "" });
    this.said = element("div", { class: "said", "aria-live": "polite" });
    const tool = (name, shape, title) => ({
      icon: shape,
      name: title,
      act: () => this.useTool(name),
      pressed: () => this.tool === name,
    });
    this.toolbar = new Toolbar([
      [
        tool("move", "move", "Move the map"),
        tool("lasso", "lasso", "Select with a lasso"),
        tool("box", "box", "Select with a box"),
      ],
      [
        { icon: "in", name: "Zoom in", act: () => this.step(KEY_ZOOM) },
        { icon: "out", name: "Zoom out", act: () => this.step(1 / KEY_ZOOM) },
        { icon: "whole", name: "Whole map", act: () => this.whole() },
      ],
    ]);
    this.legend = new Legend(
      (category) => this.toggle(category),
      () => this.toggleRest(),
      () => this.select(null)
    );
    this.menu = new ColourMenu(
      () => this.update(this.data),
      (name) => this.chooseColour(name)
    );
    this.root = element(
      "div",
      { class: "face-map" },
      this.menu.root,
      element("div", { class: "frame" }, this.stage, this.toolbar.root, this.message),
      this.legend.root,
      this.said
    );
    parent.append(this.root);
  }

  tell(text) {
    this.message.textContent = text;
    this.message.hidden = !text;
  }

  // Take what Python says. Columns that are known are not fetched again.
  async update(data) {
    const before = this.data;
    this.data = data;
    if (!this.renderer) return;
    if (!this.columns || data.key !== before.key) {
      this.columns = new MapColumns(data);
      this.columns.known().then((columns) => this.menu.fill(columns), () => {});
    }
    this.colourName = this.menu.agreed(data.colour);
    if (data.hide_rest !== before.hide_rest) this.restToggled = false;
    const turn = (this.turn = (this.turn ?? 0) + 1);
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
      if (turn === this.turn) this.tell(error.message);
    }
  }

  take(layout, colour, mask) {
    if (layout !== this.layout) this.lay(layout);
    if (colour !== this.colour) this.renderer.set("values", colour.values);
    Object.assign(this, { colour, mask });
    this.readSelection();
    this.readTheme();
    this.arrange();
    this.columns.ids().then((ids) => {
      this.ids = ids;
      this.picked = ids.indexOf(this.data.picked);
      this.showLegend();
      this.touch();
    });
  }

  // What Streamlit says is selected, unless it has not yet heard of what was selected here.
  readSelection() {
    const said = this.data.selected ?? "";
    if (said === this.ownSelection) this.ownSelection = null;
    if (this.ownSelection === null || this.ownSelection === undefined) this.selection = bitsOf(said);
  }

  readTheme() {
    const style = getComputedStyle(this.root);
    const read = (name) => rgbOf(style.getPropertyValue(name).trim());
    this.theme = {
      text: read("--st-text-color"),
      background: read("--st-background-color"),
      dark: isDark(style.getPropertyValue("--st-background-color").trim()),
    };
    this.root.style.setProperty("--grey", css(this.theme.text, 0.35));
    this.palette = paletteOf(this.colour.about, this.theme.dark);
    this.renderer.set("palette", this.palette);
  }

  // New positions: points glide from where they are.
  lay(layout) {
    const before = this.layout;
    this.layout = layout;
    this.nearby = {};
    this.projected = null;
    const from = this.camera.view;
    const to = this.camera.fitting(layout);
    this.camera.fitted = to;
    this.camera.view = to;
    this.renderer.set("to", layout);
    this.moving = null;
    if (!before || calm()) return;
    this.renderer.set("from", before);
    this.moving = { start: performance.now(), span: TRANSITION, from, to, points: true };
  }

  arrange() {
    const { mask, selection, colour, data } = this;
    this.shown = arranged(colour.values, {
      mask,
      selection,
      hidden: this.hiddenNow,
      hideRest: this.hidesRest,
    });
    this.nearby = {};
    this.renderer.set("order", this.shown.order);
    this.showLegend();
    this.touch();
    this.canvas.dataset.layout = data.layout;
    this.canvas.dataset.colour = this.colourName;
    this.canvas.dataset.filter = data.filter ?? "";
  }

  get hiddenNow() {
    const { hidden, colourName: name } = this;
    if (!hidden.has(name)) hidden.set(name, new Set());
    return hidden.get(name);
  }

  get hidesRest() {
    return Boolean(this.data.hide_rest) !== Boolean(this.restToggled);
  }

  toggle(category) {
    const hidden = this.hiddenNow;
    if (!hidden.delete(category)) hidden.add(category);
    this.arrange();
  }

  toggleRest() {
    this.restToggled = !this.restToggled;
    this.arrange();
  }

  showLegend() {
    const { colour, palette, shown } = this;
    this.legend.show({
      about: colour.about,
      palette,
      counts: shown.counts,
      rest: colour.values.length - shown.passing,
      hidden: this.hiddenNow,
      hideRest: this.hidesRest,
      picked: this.picked >= 0,
      selected: countOf(this.selection),
    });
  }

  // The view

  resize() {
    const { width, height } = this.stage.getBoundingClientRect(); // may be parts of a pixel
    if (!width || !height) return;
    const fits = this.camera.resize(width, height);
    if (this.layout && fits) this.camera.fitted = this.camera.view = this.camera.fitting(this.layout);
    this.touch();
  }

  look(view, smooth = false) {
    if (!this.layout) return;
    const span = smooth && !calm() ? GLIDE : 0;
    this.moving = { start: performance.now(), span, from: this.camera.view, to: view };
    if (!span) this.camera.view = view;
    this.card.hide();
    this.touch();
  }

  whole() {
    this.look(this.camera.fitted, true);
  }

  step(factor) {
    this.look(this.camera.zoomed(this.camera.width / 2, this.camera.height / 2, factor), true);
  }

  useTool(name) {
    this.tool = name;
    this.stage.classList.toggle("drawing", name !== "move");
  }

  drag(x, y, dx, dy, event) {
    if (this.hovered >= 0) this.hover(-1);
    if (this.tool !== "move" && event.buttons === 1) {
      this.area ??= new Area(this.tool, ...this.pressed);
      this.area.extend(x, y);
      this.touch();
      return;
    }
    this.handMoves = true;
    const turns = !this.camera.flat && !event.shiftKey && !(event.buttons & 2);
    this.look(turns ? this.camera.orbited(dx, dy) : this.camera.panned(dx, dy));
  }

  release(event, moved) {
    if (this.area && moved) this.selectArea(event);
    this.area = null;
    this.handMoves = false;
    this.touch();
  }

  // Selecting

  selectArea({ shiftKey, altKey }) {
    const places = this.camera.projectAll(this.layout.positions, this.layout.dims);
    const rows = this.area.rows(places, (row) => this.shown.state[row] >= UNSELECTED);
    this.select(combined(this.selection, rows, shiftKey ? "add" : altKey ? "remove" : "replace"));
  }

  // Take a group as the selection, null for none, and tell Streamlit.
  select(selection) {
    this.selection = selection;
    this.ownSelection = textOf(selection);
    this.arrange();
    this.tellSelection(this.ownSelection);
    const count = countOf(selection);
    this.said.textContent = count ? `${count.toLocaleString("en")} faces selected` : "Nothing selected";
  }

  // The cursor's face joins the selection, or leaves it.
  toggleSelected(row) {
    const rows = new Uint8Array(Math.ceil(this.data.count / 8));
    rows[row >> 3] = 1 << (row & 7);
    const inside = this.selection && bit(this.selection, row);
    this.select(combined(this.selection, rows, inside ? "remove" : "add"));
  }

  // Drawing

  touch() {
    this.asked ??= requestAnimationFrame((now) => {
      this.asked = null;
      this.draw(now);
    });
  }

  draw(now) {
    if (!this.layout || !this.shown || this.closed) return;
    let progress = 1;
    if (this.moving) {
      const { start, span, from, to, points } = this.moving;
      const t = span ? Math.min(1, (now - start) / span) : 1;
      this.camera.view = between(from, to, easy(t));
      if (points) progress = easy(t);
      if (t < 1) this.touch();
      else this.moving = null;
    }
    if (this.projectedFor !== this.camera.view) this.projected = null;
    this.renderer.draw(this.camera, progress, this.groups(), !this.camera.flat);
    this.drawOverlay();
    this.canvas.dataset.frame = this.frames += 1;
    this.canvas.dataset.view = JSON.stringify(this.camera.view);
  }

  groups() {
    const { grey, shown } = this.shown;
    const text = this.theme.text.map((v) => v / 255);
    const size = this.pointSize(grey + shown);
    const opacity = Math.min(0.92, 0.5 + 0.1 * size);
    return [
      { count: grey, size: Math.max(1.5, 0.85 * size), flat: [...text, GREY_OPACITY] },
      { count: shown, size: this.pointSize(shown + grey / 4), opacity },
    ];
  }

  // Pixels: as many points as there are, and as large as the zoom makes their distances.
  pointSize(count) {
    const { width, height, zoom } = this.camera;
    const room = (width * height) / Math.max(1, count);
    return Math.min(13, Math.max(1.6, 0.95 * Math.min(9, room ** 0.39) * zoom ** 0.35));
  }

  drawOverlay() {
    const { overlay, camera } = this;
    const ratio = window.devicePixelRatio;
    overlay.width = Math.round(camera.width * ratio);
    overlay.height = Math.round(camera.height * ratio);
    const pen = overlay.getContext("2d");
    pen.scale(ratio, ratio);
    const { text, background } = this.theme;
    const ring = (row, radius, colour, width) => {
      const [x, y] = this.placeOf(row);
      for (const [stroke, wide] of [[css(background, 0.9), width + 3], [colour, width]]) {
        pen.beginPath();
        pen.arc(x, y, radius, 0, 2 * Math.PI);
        [pen.strokeStyle, pen.lineWidth] = [stroke, wide];
        pen.stroke();
      }
    };
    if (this.area) {
      this.area.outline(pen);
      pen.fillStyle = css(text, 0.08);
      pen.fill();
      pen.setLineDash([5, 4]);
      [pen.strokeStyle, pen.lineWidth] = [css(text, 0.8), 1.5];
      pen.stroke();
      pen.setLineDash([]);
    }
    if (this.picked >= 0) ring(this.picked, 9, PICKED_COLOUR, 3.5);
    if (this.cursor >= 0) ring(this.cursor, 9, css(text), 2);
    if (this.hovered >= 0) ring(this.hovered, 7, css(text), 1.5);
  }

  // CSS pixels of a row's point.
  placeOf(row) {
    const { positions, dims } = this.layout;
    return this.camera.project(positions.subarray(row * dims, (row + 1) * dims));
  }

  // Picking

  // The row under a pixel, -1 for none; one inside the filter goes before one outside it.
  rowAt(x, y) {
    if (!this.shown || this.moving?.points) return -1;
    for (const state of [SHOWN, UNSELECTED, OUTSIDE]) {
      const [row] = this.nearest(state, x, y, 1, REACH).rows;
      if (row !== undefined) return row;
    }
    return -1;
  }

  // The k nearest rows of a state to a pixel, and their distances in pixels.
  nearest(state, x, y, k, within) {
    const { camera, layout } = this;
    if (camera.flat) {
      this.nearby[state] ??= new GridIndex(layout.positions, 2, this.rowsOf(state));
      const [px, py] = camera.place(x, y);
      const { scale } = camera.view;
      const { rows, distances } = this.nearby[state].nearest(px, py, k, within / scale);
      return { rows, distances: distances.map((d) => d * scale) };
    }
    if (!this.projected) {
      this.projected = camera.projectAll(layout.positions, layout.dims);
      this.projectedFor = camera.view;
      this.nearby = {};
    }
    this.nearby[state] ??= new GridIndex(this.projected, 2, this.rowsOf(state));
    return this.nearby[state].nearest(x, y, k, within);
  }

  rowsOf(wanted) {
    const { order, grey, state } = this.shown;
    if (wanted === SHOWN) return order.subarray(grey);
    return order.subarray(0, grey).filter((row) => state[row] === wanted);
  }

  hoverAt(x, y) {
    const row = this.rowAt(x, y);
    if (row !== this.hovered) this.hover(row);
  }

  hover(row) {
    this.hovered = row;
    this.stage.classList.toggle("over", row >= 0);
    this.touch();
    this.showCard(row);
  }

  async showCard(row) {
    if (row < 0) return this.card.hide();
    const id = await this.idOf(row);
    const now = () => this.hovered === row || this.cursor === row;
    if (!now()) return;
    this.faces.ask("hover", id, (image) => {
      if (!now() || this.moving) return;
      const [x, y] = this.placeOf(row);
      this.card.show({ id, image, name: this.nameOf(row, id), x, y });
      this.columns.about(id).then(
        ({ attributes }) => this.card.say(id, attributes.join(", ")),
        () => {}
      );
    });
  }

  async idOf(row) {
    return (this.ids ?? (await this.columns.ids()))[row];
  }

  nameOf(row, id) {
    const { about, values } = this.colour;
    const number = id.replace(/\.jpg$/, "");
    if (this.shown.state[row] === OUTSIDE) return `${number}, outside the filter`;
    if (about.kind === "categories") return `${number}, ${about.labels[values[row]]}`;
    const [low, high] = about.range;
    const value = low + (values[row] / 255) * (high - low);
    return `${number}, ${about.title} ${Number(value.toPrecision(2))}`;
  }

  clickAt(x, y) {
    const row = this.rowAt(x, y);
    if (row >= 0) this.edit(row);
  }

  // Make the face of a row the edited one.
  async edit(row) {
    this.pick(await this.idOf(row));
  }

  // Keyboard

  key(event) {
    if (event.target !== this.stage || event.ctrlKey || event.metaKey || !this.layout) return;
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const arrow = arrows[event.key];
    const acts = {
      "+": () => this.step(KEY_ZOOM),
      "=": () => this.step(KEY_ZOOM),
      "-": () => this.step(1 / KEY_ZOOM),
      0: () => this.whole(),
      Home: () => this.whole(),
      Enter: () => this.cursor >= 0 && this.edit(this.cursor),
      " ": () => this.cursor >= 0 && this.toggleSelected(this.cursor),
      Escape: () => (this.selection ? this.select(null) : this.leaveCursor()),
    };
    if (arrow && event.shiftKey) this.look(this.camera.panned(-KEY_PAN * arrow[0], -KEY_PAN * arrow[1]), true);
    else if (arrow) this.walk(...arrow);
    else if (acts[event.key]) acts[event.key]();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // The cursor goes to the next face in a direction of the screen.
  walk(dx, dy) {
    const { camera, layout, shown } = this;
    let row = this.cursor ?? -1;
    if (row < 0) row = this.picked >= 0 ? this.picked : -1;
    if (row < 0 || shown.state[row] === 0) {
      [row] = this.nearest(SHOWN, camera.width / 2, camera.height / 2, 1, Infinity).rows;
    } else {
      const places = camera.projectAll(layout.positions, layout.dims);
      row = rowToward(places, 2, row, dx, dy, (next) => shown.state[next] === SHOWN);
    }
    if (row === undefined || row < 0) return;
    this.cursor = row;
    const [x, y] = this.placeOf(row);
    const off = x < 20 || y < 20 || x > camera.width - 20 || y > camera.height - 20;
    if (off) {
      const { positions, dims } = layout;
      this.look(camera.centred(positions.subarray(row * dims, (row + 1) * dims)));
    }
    this.touch();
    this.showCard(row);
    this.speak(row);
  }

  async speak(row) {
    const id = await this.idOf(row);
    const { attributes } = await this.columns.about(id).catch(() => ({ attributes: [] }));
    if (this.cursor === row) this.said.textContent = [this.nameOf(row, id), ...attributes].join(", ");
  }

  leaveCursor() {
    this.cursor = -1;
    this.said.textContent = "";
    this.hover(-1);
  }

  close() {
    this.closed = true;
    this.unlisten?.();
    this.live.close();
    this.resizing?.disconnect();
    this.root.remove();
  }
}

const maps = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  let map = maps.get(parentElement);
  if (!map) {
    map = new FaceMap(parentElement, data);
    maps.set(parentElement, map);
  }
  map.pick = (id) => setTriggerValue("picked", id);
  map.tellSelection = (rows) => setTriggerValue("selected", rows);
  map.chooseColour = (name) => setTriggerValue("colour", name);
  map.update(data);
  return () => {
    map.close();
    maps.delete(parentElement);
  };
}
