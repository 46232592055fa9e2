"""What the map's benchmark runs in the browser."""

# Notes when the page's first words were there, and when how many points were drawn: the time when
# a pixel of the frame can be read, and how many points WebGL was given for it, or the map says it
# laid into its picture (`_drawn_all` looks whether that is so).
SPY = """
(() => {
  window.drawn = [];
  let points = 0;
  const done = (gl) => {
    if (!points) return;
    const count = points;
    points = 0;
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    window.drawn.push({ at: performance.now(), count });
  };
  for (const kind of [WebGLRenderingContext, WebGL2RenderingContext]) {
    for (const [name, at] of [["drawArrays", 2], ["drawElements", 1]]) {
      const draw = kind.prototype[name];
      kind.prototype[name] = function (...given) {
        draw.apply(this, given);
        if (given[0] !== this.POINTS) return;
        if (!points) queueMicrotask(() => done(this));
        points += given[at];
      };
    }
  }
  const lay = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (...given) {
    lay.apply(this, given);
    if (!this.canvas.matches("canvas.points")) return;
    this.getImageData(0, 0, 1, 1);
    const at = performance.now();
    queueMicrotask(() => window.drawn.push({ at, count: Number(this.canvas.dataset.points) }));
  };
  const watch = new MutationObserver(() => {
    const main = document.querySelector('[data-testid="stMain"]');
    const elements = main?.querySelectorAll('[data-testid="stElementContainer"]') ?? [];
    if (![...elements].some((one) => one.innerText.trim())) return;
    window.pageAt = performance.now();
    watch.disconnect();
  });
  watch.observe(document, { subtree: true, childList: true });
  addEventListener("pointermove", () => (window.movedAt = performance.now()), true);
  window.faces = [];
  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (...given) {
    put.apply(this, given);
    if (!this.canvas.closest(".card")) return;
    const { movedAt } = window;
    requestAnimationFrame(() => window.faces.push(performance.now() - movedAt));
  };
})()
"""
RECOLOUR = """
async (select, [name, count]) => {
  performance.clearResourceTimings();
  const before = window.drawn.length;
  const start = performance.now();
  select.value = name;
  select.dispatchEvent(new Event("change", { bubbles: true }));
  for (;;) {
    const found = window.drawn.slice(before).find((frame) => frame.count >= count);
    if (found) {
      await new Promise((wait) => setTimeout(wait, 50)); // the entry comes after the response
      const fetched = performance.getEntriesByType("resource");
      const entry = fetched.find(({ name }) => name.includes("/column/"));
      return [found.at - start, entry.encodedBodySize];
    }
    await new Promise((wait) => setTimeout(wait, 2));
  }
}
"""

INKED = """
(canvas, places) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return places.filter(([x, y]) => data[4 * (y * width + x) + 3]).length;
}
"""

CIRCLE = """
async (stage, [seconds, name]) => {
  const { left, top, width, height } = stage.getBoundingClientRect();
  const pictures = () => Number(stage.querySelector(name)?.dataset.picture ?? 0);
  const step = () => new Promise((next) => requestAnimationFrame(next));
  const move = (t) => {
    const [x, y] = [0.5 + 0.25 * Math.cos(3 * t), 0.5 + 0.2 * Math.sin(4 * t)];
    const place = { clientX: left + width * x, clientY: top + height * y };
    stage.dispatchEvent(new PointerEvent("pointermove", { ...place, pointerId: 1, bubbles: true }));
  };
  const start = performance.now();
  let [began, before] = [null, 0];
  for (;;) {
    const now = performance.now();
    if (began === null && now - start > 1000) [began, before] = [now, pictures()];
    if (began !== null && now - began > 1000 * seconds) {
      return (1000 * (pictures() - before)) / (now - began);
    }
    move((now - start) / 1000);
    await step();
  }
}
"""
