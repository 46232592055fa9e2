// What a hand does on the map: hover, click, drag, wheel and pinch, in CSS pixels of the stage.

const STILL = 4; // pixels a click may move
const WHEEL = 0.0016; // of the logarithm of the zoom for a wheel's pixel
const LINE = 32; // pixels of a wheel's line

// on: {hover(x, y), leave(), click(x, y, event), press(x, y, event), drag(x, y, dx, dy, event),
// release(event), double(x, y, event), zoom(x, y, factor, smooth)}
export class Gestures {
  constructor(stage, on) {
    this.stage = stage;
    this.on = on;
    this.pointers = new Map(); // id -> [x, y]
    const listen = (name, act, options) => stage.addEventListener(name, act, options);
    listen("pointerdown", (event) => this.down(event));
    listen("pointermove", (event) => this.move(event));
    listen("pointerup", (event) => this.up(event));
    listen("pointercancel", (event) => this.up(event, true));
    listen("pointerleave", () => this.pointers.size || on.leave());
    listen("wheel", (event) => this.wheel(event), { passive: false });
    listen("dblclick", (event) => on.double(...this.at(event), event));
    listen("contextmenu", (event) => event.preventDefault());
  }

  at({ clientX, clientY }) {
    const { left, top } = this.stage.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }

  down(event) {
    this.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.at(event));
    this.moved = this.pointers.size > 1;
    this.pressed = this.at(event);
    this.on.press(...this.pressed, event);
  }

  move(event) {
    const [x, y] = this.at(event);
    const last = this.pointers.get(event.pointerId);
    if (!last) return this.on.hover(x, y);
    if (this.pointers.size === 2) return this.pinch(event.pointerId, x, y);
    const far = Math.hypot(x - this.pressed[0], y - this.pressed[1]) > STILL;
    if (!this.moved && !far) return;
    this.moved = true;
    this.pointers.set(event.pointerId, [x, y]);
    this.on.drag(x, y, x - last[0], y - last[1], event);
  }

  pinch(id, x, y) {
    const [other] = [...this.pointers].filter(([key]) => key !== id).map(([, place]) => place);
    const before = this.pointers.get(id);
    const apart = ([a, b]) => Math.hypot(a - other[0], b - other[1]);
    this.pointers.set(id, [x, y]);
    const middle = [(x + other[0]) / 2, (y + other[1]) / 2];
    this.on.zoom(...middle, apart([x, y]) / Math.max(1, apart(before)), false);
  }

  up(event, cancelled = false) {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size) return;
    if (!this.moved && !cancelled && event.button === 0) this.on.click(...this.at(event), event);
    this.on.release(event, this.moved && !cancelled);
  }

  wheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode ? LINE : 1);
    this.on.zoom(...this.at(event), Math.exp(-WHEEL * pixels), false);
  }
}
