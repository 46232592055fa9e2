// Shared by the components: the live route, see explorer/live/messages.py for what it is asked.

import { _, inLanguage } from "./language.js";
import { same } from "./same.js";
import { openSocket } from "./transport.js";

/** @import { Always, Attributes, Pictures, Question, Recipe, Route } from "./types.d.ts" */

/**
 * @typedef {(answer: any) => void} Take An answer is an ArrayBuffer or what JSON says.
 * @typedef {{ message: Question, take: Take, fail?: (reason: string) => void }} Asked
 * @typedef {(pictures: ImageData[], answer: Pictures, at: number) => void} Paint
 * @typedef {{ recipes: Recipe[], paint: Paint, at: number, left: number }} Wanted Some pictures,
 *   `left` of them from `at` on.
 */

const RECONNECT = [200, 500, 1000, 2000, 5000]; // ms
const TOO_BIG = 1009; // close code of RFC 6455
const SILENT = 4408; // of explorer/live/route.py: nothing was asked for a long time
const FIRST = "edited"; // the view that never waits for another one
const REST_AFTER = 150; // ms without a request of the first view until the hand counts as resting
const PIECE = { moving: 5, resting: 40 }; // ms of decoding, about, that a piece may take
const PIECE_EVERY = 70; // ms between pieces while the hand moves
const PIECE_SHARE = 4; // or so many answers of the first view, where the server is busy

/**
 * One socket, one message in flight; of each view only the newest waiting one is kept. A lost
 * connection is taken up again, and the latest message of each view asked once more.
 * @template [Waiting=Asked]
 */
export class NewestSocket {
  /** @type {WebSocket} */
  socket;

  /**
   * @param {string} url
   * @param {(text: string) => void} onStatus
   * @param {Always} always what every message says besides
   */
  constructor(url, onStatus, always = {}) {
    this.url = url;
    this.onStatus = onStatus;
    this.always = always;
    /** @type {Map<string, Waiting>} */
    this.waiting = new Map(); // view -> what is to be asked
    /** @type {Map<string, Waiting>} */
    this.last = new Map(); // view -> the latest, asked again after a reconnection
    /** @type {{ view: string, take: Take, fail?: (reason: string) => void } | null} */
    this.inFlight = null;
    this.number = 0;
    this.failures = 0;
    this.closed = false;
    this.opened = false; // ever
    this.connect();
  }

  connect() {
    this.sleeps = false;
    this.socket = openSocket(this.url);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => {
      this.failures = 0;
      this.opened = true;
      this.onStatus("");
      this.waiting = new Map(this.last);
      this.pump();
    };
    this.socket.onmessage = (event) => this.receive(event.data);
    this.socket.onclose = (event) => {
      // Asked again, a message too long would end the next socket, too.
      if (event.code === TOO_BIG && this.inFlight) this.last.delete(this.inFlight.view);
      this.sleeps = event.code === SILENT && !this.inFlight; // until `pump` needs another one
      this.inFlight = null;
      if (this.closed || this.sleeps) return;
      this.onStatus(this.opened ? lost(event.reason) : neverThere(this.url));
      const wait = RECONNECT[Math.min(this.failures++, RECONNECT.length - 1)];
      this.timer = setTimeout(() => this.connect(), wait);
    };
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket.close();
  }

  /**
   * Calls take(answer) with what is answered, unless a newer message of this view comes first;
   * fail(reason), where given, with why not.
   * @param {string} view
   * @param {Question} message
   * @param {Take} take
   * @param {(reason: string) => void} [fail]
   */
  ask(view, message, take, fail) {
    const asked = /** @type {Waiting} */ ({ message, take, fail });
    this.last.set(view, asked);
    this.waiting.set(view, asked);
    this.pump();
  }

  /**
   * Nothing more is wanted of a view.
   * @param {string} view
   */
  forget(view) {
    this.last.delete(view);
    this.waiting.delete(view);
  }

  /**
   * The view whose turn it is.
   * @returns {string | undefined}
   */
  next() {
    return this.waiting.keys().next().value;
  }

  /**
   * What is sent for a view that waits.
   * @param {string} view
   * @returns {Asked}
   */
  drawn(view) {
    const asked = /** @type {Asked} */ (this.waiting.get(view));
    this.waiting.delete(view);
    return asked;
  }

  pump() {
    if (this.inFlight) return;
    const view = this.next();
    if (view === undefined) return;
    if (this.sleeps) this.connect();
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const { message, take, fail } = this.drawn(view);
    this.number = (this.number + 1) % 2 ** 32;
    this.inFlight = { view, take, fail };
    this.socket.send(JSON.stringify({ number: this.number, ...this.always, ...message }));
  }

  /** @param {string | ArrayBuffer} content */
  receive(content) {
    const request = this.inFlight;
    this.inFlight = null;
    const answer = typeof content === "string" ? JSON.parse(content) : content;
    this.onStatus(answer.error ?? "");
    if (answer.error) request?.fail?.(answer.error);
    else request?.take(answer);
    this.pump();
  }
}

/** @param {string} reason in the language of the address */
const lost = (reason) =>
  reason
    ? _("Connection lost: {reason}. Reconnecting …", { reason })
    : _("Connection lost. Reconnecting …");

/**
 * Streamlit's own socket is open, or there would be no page to say this.
 * @param {string} url
 */
const neverThere = (url) =>
  _(
    "No faces come: no WebSocket opens at {path}. A proxy before this server must " +
      "upgrade connections there as it does at _stcore/stream (docs/deploy.md). Trying again …",
    { path: new URL(url).pathname }
  );

/**
 * Pictures of recipes. The edited face goes first. Other views are asked for in pieces: a small one
 * now and then while the hand moves, so that most of its steps find the socket free, and larger
 * ones, one after the other, when it rests.
 * @extends {NewestSocket<Wanted>}
 */
export class LiveSocket extends NewestSocket {
  /**
   * @param {string} url
   * @param {(text: string) => void} onStatus
   * @param {Omit<Route, "path">} route
   * @param {Always} [always]
   */
  constructor(url, onStatus, { header, most }, always) {
    super(url, onStatus, always);
    this.header = header;
    this.most = most;
    this.moving = false; // the first view was asked for just now
    this.pieceAt = -Infinity; // when a piece of another view was last asked for
    this.pieceDue = false; // the first view was asked for since
    this.pictureMs = PIECE.moving; // of decoding one picture, a running mean
    this.answerMs = 0; // from asking for the first view to its picture, a running mean
  }

  close() {
    clearTimeout(this.resting);
    super.close();
  }

  /**
   * Calls paint(pictures, answer, at) for each piece: those of recipes[at], recipes[at + 1] ...
   * @param {string} view
   * @param {Recipe[]} recipes
   * @param {Paint} paint
   */
  request(view, recipes, paint) {
    const request = { recipes, paint, at: 0, left: recipes.length };
    this.last.set(view, request);
    // Asked again before all came, it goes on where it was: else its end would never have a turn.
    const { at } = this.waiting.get(view) ?? request;
    this.waiting.set(view, { ...request, at: at % recipes.length });
    if (view === FIRST) {
      this.moving = true;
      clearTimeout(this.resting);
      this.resting = setTimeout(() => {
        this.moving = false;
        this.pump();
      }, REST_AFTER);
    }
    this.pump();
  }

  /**
   * `request` for a view that keeps its pictures: those it shows or waits for are not drawn again.
   * @param {string} view
   * @param {Recipe[]} recipes
   * @param {Paint} paint
   */
  keep(view, recipes, paint) {
    if (!same(this.last.get(view)?.recipes, recipes)) this.request(view, recipes, paint);
  }

  /**
   * Of the views behind the first, the one that waits longest.
   * @returns {string | undefined}
   */
  next() {
    const behind = [...this.waiting.keys()].find((view) => view !== FIRST);
    const first = this.waiting.has(FIRST) ? FIRST : undefined;
    if (!this.moving) return first ?? behind;
    const every = Math.max(PIECE_EVERY, PIECE_SHARE * this.answerMs);
    const due = this.pieceDue && performance.now() - this.pieceAt > every;
    return (due && behind) || first;
  }

  /**
   * @param {string} view
   * @returns {Asked}
   */
  drawn(view) {
    const { recipes, paint, at, left } = /** @type {Wanted} */ (this.waiting.get(view));
    const most = view === FIRST ? left : PIECE[this.moving ? "moving" : "resting"] / this.pictureMs;
    const piece = Math.min(Math.max(1, Math.floor(most)), this.most);
    const count = Math.min(piece, left, recipes.length - at);
    const end = at + count;
    this.waiting.delete(view);
    if (left > count) {
      this.waiting.set(view, { recipes, paint, at: end % recipes.length, left: left - count });
    }
    this.pieceDue = view === FIRST;
    const askedAt = performance.now();
    if (view !== FIRST) this.pieceAt = askedAt;
    /** @param {ArrayBuffer} content */
    const take = (content) => {
      const answer = readPictures(content, this.header);
      this.pictureMs += 0.2 * (answer.milliseconds / answer.count - this.pictureMs);
      if (view === FIRST) this.answerMs += 0.2 * (performance.now() - askedAt - this.answerMs);
      paint(answer.pictures, answer, at);
    };
    // Refused, it is drawn when it is wanted again, by the same recipes, too.
    const fail = () => void (view !== FIRST && this.last.delete(view));
    return { message: { recipes: recipes.slice(at, end) }, take, fail };
  }
}

/**
 * @param {ArrayBuffer} content
 * @param {number} header bytes before the pictures
 * @returns {Pictures}
 */
export function readPictures(content, header) {
  const view = new DataView(content);
  const [count, side] = [view.getUint16(4, true), view.getUint16(6, true)];
  const rgb = new Uint8Array(content, header);
  const bytes = side * side * 3;
  const end = header + count * bytes;
  const support = [];
  for (let at = end; at < content.byteLength; at += 4) support.push(view.getFloat32(at, true));
  return {
    number: view.getUint32(0, true),
    count,
    side,
    milliseconds: view.getFloat32(8, true),
    pictures: Array.from({ length: count }, (_unused, k) =>
      toImage(rgb.subarray(k * bytes, (k + 1) * bytes), side)
    ),
    support,
  };
}

/**
 * @param {Uint8Array} rgb
 * @param {number} side
 */
function toImage(rgb, side) {
  const image = new ImageData(side, side);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    image.data[to] = rgb[from];
    image.data[to + 1] = rgb[from + 1];
    image.data[to + 2] = rgb[from + 2];
    image.data[to + 3] = 255;
  }
  return image;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ImageData} image
 */
export function paint(canvas, image) {
  paintCell(canvas, image, 1, 0);
}

/**
 * Paint a picture as cell `cell` of a square of them, `across` in a row; the canvas follows the size
 * of its pictures.
 * @param {HTMLCanvasElement} canvas
 * @param {ImageData} image
 * @param {number} across
 * @param {number} cell
 */
export function paintCell(canvas, image, across, cell) {
  const side = across * image.width;
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const [column, row] = [cell % across, Math.floor(cell / across)];
  penOf(canvas).putImageData(image, image.width * column, image.width * row);
}

/**
 * What draws on a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export const penOf = (canvas, settings) =>
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", settings));

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} attributes
 * @param {(Node | string)[]} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) {
      made.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (value !== null) made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/**
 * Where the live route answers, below whatever path the app is served at.
 * @param {string} path
 */
export function liveUrl(path) {
  const { protocol, host } = window.location;
  const base = new URL(document.baseURI).pathname.replace(/\/[^/]*$/, "");
  return `${protocol === "https:" ? "wss" : "ws"}://${host}${base}${path}${inLanguage()}`;
}
