// Shared by the components: pictures over the live route, see explorer/live.py for its messages.

const RECONNECT = [200, 500, 1000, 2000, 5000]; // ms
const TOO_BIG = 1009; // close code of RFC 6455
const HEADER = 12; // bytes: uint32 number, uint16 count, uint16 side, float32 milliseconds
const BACKGROUND_EVERY = 250; // ms between pictures of other views while a slider moves

// One socket, one request in flight; of each view only the newest waiting request is kept, so a
// stale face is never decoded.
class LiveSocket {
  constructor(url, onStatus) {
    this.url = url;
    this.onStatus = onStatus;
    this.waiting = new Map(); // view -> {recipes, paint}
    this.last = new Map(); // view -> its latest request, asked again after a reconnection
    this.backgroundAt = Infinity; // when a view other than the edited face was last asked for
    this.inFlight = null;
    this.number = 0;
    this.failures = 0;
    this.closed = false;
    this.connect();
  }

  connect() {
    this.socket = new WebSocket(this.url);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => {
      this.failures = 0;
      this.onStatus("");
      for (const [view, request] of this.last) this.waiting.set(view, request);
      this.pump();
    };
    this.socket.onmessage = (event) => this.receive(event.data);
    this.socket.onclose = (event) => {
      // Asked again, a message too long would end the next socket, too.
      if (event.code === TOO_BIG && this.inFlight) this.last.delete(this.inFlight.view);
      this.inFlight = null;
      if (this.closed) return;
      this.onStatus(`Connection lost${event.reason ? `: ${event.reason}` : ""}. Reconnecting …`);
      const wait = RECONNECT[Math.min(this.failures++, RECONNECT.length - 1)];
      this.timer = setTimeout(() => this.connect(), wait);
    };
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket.close();
  }

  request(view, recipes, paint) {
    const request = { recipes, paint };
    this.last.set(view, request);
    this.waiting.set(view, request);
    this.pump();
  }

  // The edited face goes first; the others get their turn between its frames, longest waiting first.
  next() {
    const other = [...this.waiting.keys()].find((view) => view !== "edited");
    const late = performance.now() - this.backgroundAt > BACKGROUND_EVERY;
    if (this.waiting.has("edited") && !(other && late)) return "edited";
    this.backgroundAt = performance.now();
    return other;
  }

  pump() {
    if (this.inFlight || !this.waiting.size || this.socket.readyState !== WebSocket.OPEN) return;
    const view = this.next();
    const request = this.waiting.get(view);
    this.waiting.delete(view);
    this.number = (this.number + 1) % 2 ** 32;
    this.inFlight = { view, number: this.number, ...request };
    this.socket.send(JSON.stringify({ number: this.number, recipes: request.recipes }));
  }

  receive(content) {
    const request = this.inFlight;
    this.inFlight = null;
    if (typeof content === "string") {
      this.onStatus(JSON.parse(content).error);
    } else if (request) {
      const view = new DataView(content);
      const answer = {
        number: view.getUint32(0, true),
        count: view.getUint16(4, true),
        side: view.getUint16(6, true),
        milliseconds: view.getFloat32(8, true),
      };
      const rgb = new Uint8Array(content, HEADER);
      const bytes = answer.side * answer.side * 3;
      const pictures = [];
      for (let k = 0; k < answer.count; k++) {
        pictures.push(toImage(rgb.subarray(k * bytes, (k + 1) * bytes), answer.side));
      }
      this.onStatus("");
      request.paint(pictures, answer);
    }
    this.pump();
  }
}

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

function paint(canvas, image) {
  if (canvas.width !== image.width) canvas.width = canvas.height = image.width;
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// Where the live route answers, below whatever path the app is served at.
function liveUrl(path) {
  const { protocol, host } = window.location;
  const base = new URL(document.baseURI).pathname.replace(/\/[^/]*$/, "");
  return `${protocol === "https:" ? "wss" : "ws"}://${host}${base}${path}`;
}
