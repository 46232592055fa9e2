// What a browser has and node has not, as far as the modules under test need it.

import { beforeEach } from "node:test";

class BareImageData {
  constructor(width, height) {
    Object.assign(this, { width, height, data: new Uint8ClampedArray(4 * width * height) });
  }
}

// The server's end of a socket is played by the test: open(), answer(content), lose(code).
export class Transport {
  static OPEN = 1;
  static made = [];

  constructor(url) {
    Object.assign(this, { url, readyState: 0, sent: [] });
    Transport.made.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.lose(1000);
  }

  open() {
    this.readyState = Transport.OPEN;
    this.onopen();
  }

  answer(content) {
    this.onmessage({ data: content });
  }

  lose(code = 1006, reason = "") {
    this.readyState = 3;
    this.onclose({ code, reason });
  }
}

// Reads "#rrggbb" only, which is all that palettes are written in.
function pen() {
  let colour = [0, 0, 0];
  return {
    set fillStyle(text) {
      colour = text.match(/[0-9a-f]{2}/g).map((byte) => Number.parseInt(byte, 16));
    },
    fillRect() {},
    getImageData: () => ({ data: Uint8ClampedArray.from([...colour, 255]) }),
  };
}

// A window of its own for every test of the file.
export function withWindow() {
  beforeEach(() => {
    globalThis.window = new EventTarget();
    window.matchMedia = () => ({ matches: false });
    globalThis.document = {
      baseURI: "http://localhost:8501/app/",
      createElement: () => ({ getContext: pen }),
    };
    globalThis.ImageData = BareImageData;
    globalThis.WebSocket = Transport;
    Transport.made = [];
  });
}
