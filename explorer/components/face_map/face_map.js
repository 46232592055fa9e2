// The face map: a Plotly figure, and the face under the pointer; see __init__.py for `data`.
// LiveSocket, element, paint and liveUrl come from ../live_socket.js.

const CARD = 112; // pixels, side of the card beside the pointer

let loading = null; // plotly.js, loaded once for all maps of the page

function plotly(path) {
  const base = new URL(document.baseURI).pathname.replace(/\/[^/]*$/, "");
  loading ??= new Promise((resolve, reject) => {
    const script = element("script", { src: base + path });
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error(`${path} could not be loaded`));
    document.head.append(script);
  });
  return loading;
}

class FaceMap {
  constructor(parent, data) {
    this.plot = element("div", { class: "plot", role: "img", "aria-label": "Face map" });
    this.canvas = element("canvas", { width: 64, height: 64, "aria-hidden": "true" });
    this.text = element("div");
    this.card = element("div", { class: "card", hidden: "" }, this.canvas, this.text);
    this.root = element("div", { class: "face-map" }, this.plot, this.card);
    parent.append(this.root);
    this.live = new LiveSocket(liveUrl(data.live), () => {});
    this.drawn = this.draw(data).then(() => this.listen());
  }

  async draw({ figure, script }) {
    const same = JSON.stringify(figure);
    if (same === this.shown) return;
    this.shown = same;
    this.plot.style.height = `${figure.layout.height}px`;
    const Plotly = await plotly(script);
    const colour = getComputedStyle(this.root).getPropertyValue("--st-text-color");
    const layout = {
      ...figure.layout,
      paper_bgcolor: "transparent",
      plot_bgcolor: "transparent",
      font: { color: colour, family: getComputedStyle(this.root).fontFamily },
    };
    await Plotly.react(this.plot, figure.data, layout, {
      scrollZoom: true,
      displayModeBar: false,
      responsive: true,
    });
  }

  listen() {
    const id = (event) => event.points.map((point) => point.customdata).find(Boolean);
    this.plot.on("plotly_click", (event) => id(event) && this.pick(id(event)));
    this.plot.on("plotly_hover", (event) => id(event) && this.hover(id(event), event));
    this.plot.on("plotly_unhover", () => this.leave());
  }

  hover(id, { event, points }) {
    this.hovered = id;
    const { left, top, width } = this.root.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const recipe = {
      source: { kind: "picture", value: id },
      attributes: {},
      components: {},
      dimensions: {},
    };
    // The card moves and speaks when its face has come, so no wrong face is ever seen in it.
    this.live.request("hover", [recipe], ([image]) => {
      if (this.hovered !== id) return;
      paint(this.canvas, image);
      this.canvas.dataset.id = id;
      this.text.textContent = `${id.replace(".jpg", "")}, ${points[0].data.meta}`;
      this.card.style.left = `${x + CARD + 12 > width ? x - CARD - 12 : x + 12}px`;
      this.card.style.top = `${y - CARD / 2}px`;
      this.card.hidden = false;
    });
  }

  leave() {
    this.hovered = null;
    this.card.hidden = true;
  }

  close() {
    this.live.close();
    if (window.Plotly) window.Plotly.purge(this.plot);
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
  map.drawn.then(() => map.draw(data));
  return () => {
    map.close();
    maps.delete(parentElement);
  };
}
