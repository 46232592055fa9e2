// Points on a WebGL 2 canvas: each position goes to the GPU once, a colour is a byte a point.

const POINTS_VERTEX = `#version 300 es
  in vec3 from;
  in vec3 to;
  in uint value;
  uniform mat4 camera;
  uniform float progress; // of the transition from one layout to the next
  uniform float size; // device pixels
  uniform vec4 flatColour; // in place of the palette's where alpha is not 0
  uniform float opacity;
  uniform sampler2D palette;
  flat out vec4 colour;
  flat out float radius;
  void main() {
    gl_Position = camera * vec4(mix(from, to, progress), 1.0);
    gl_PointSize = size / gl_Position.w;
    radius = gl_PointSize / 2.0;
    vec3 own = texelFetch(palette, ivec2(int(value), 0), 0).rgb;
    float alpha = flatColour.a > 0.0 ? flatColour.a : opacity;
    colour = vec4(mix(own, flatColour.rgb, step(1e-6, flatColour.a)) * alpha, alpha);
  }`;
const POINTS_FRAGMENT = `#version 300 es
  precision mediump float;
  flat in vec4 colour;
  flat in float radius;
  out vec4 pixel;
  void main() {
    float inside = 1.0;
    if (radius > 1.2) { // below that a square of a few pixels does
      float away = length(gl_PointCoord - 0.5) * 2.0 * radius;
      inside = clamp(radius - away, 0.0, 1.0);
      if (inside == 0.0) discard;
    }
    pixel = colour * inside;
  }`;

class NoWebGL extends Error {}

class Renderer {
  // Throws NoWebGL. onRestored: called when a lost context has come back and all is there again.
  constructor(canvas, onRestored) {
    this.canvas = canvas;
    const options = { antialias: false, powerPreference: "low-power" };
    this.gl = canvas.getContext("webgl2", options);
    if (!this.gl) throw new NoWebGL("no WebGL 2");
    this.data = {}; // what the GPU was given, to give it again after a lost context
    this.setUp();
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      this.setUp();
      for (const [name, value] of Object.entries(this.data)) this.upload(name, value);
      onRestored();
    });
  }

  setUp() {
    const { gl } = this;
    this.points = linked(gl, POINTS_VERTEX, POINTS_FRAGMENT);
    this.buffers = Object.fromEntries(
      ["from", "to", "values", "order"].map((name) => [name, gl.createBuffer()])
    );
    this.paletteTexture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.paletteTexture);
    for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
      gl.texParameteri(gl.TEXTURE_2D, side, gl.NEAREST);
    }
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA); // colours carry their alpha
  }

  // name: "from" or "to" with {positions, dims}, "values" (N bytes), "palette" (256, 4),
  // "order" (uint32 rows, drawn in this order).
  set(name, value) {
    this.data[name] = value;
    if (!this.gl.isContextLost()) this.upload(name, value);
  }

  upload(name, value) {
    const { gl } = this;
    if (name === "palette") {
      gl.bindTexture(gl.TEXTURE_2D, this.paletteTexture);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, value);
      return;
    }
    const target = name === "order" ? gl.ELEMENT_ARRAY_BUFFER : gl.ARRAY_BUFFER;
    gl.bindBuffer(target, this.buffers[name]);
    gl.bufferData(target, value.positions ?? value, gl.STATIC_DRAW);
  }

  // groups: [{count, size, opacity, flat}], consecutive parts of the order; size in CSS pixels,
  // flat: one colour [r, g, b, alpha] from 0 to 1 for all of them. solid: nearer ones cover.
  draw(camera, progress, groups, solid) {
    const { gl, points } = this;
    if (gl.isContextLost()) return;
    const ratio = window.devicePixelRatio;
    const [width, height] = [camera.width, camera.height].map((v) => Math.round(v * ratio));
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    if (!this.data.order || !this.data.to) return;
    gl[solid ? "enable" : "disable"](gl.DEPTH_TEST);
    gl.useProgram(points.program);
    const moving = progress < 1 && this.data.from;
    this.attribute("from", moving ? "from" : "to");
    this.attribute("to", "to");
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.values);
    gl.enableVertexAttribArray(points.value);
    gl.vertexAttribIPointer(points.value, 1, gl.UNSIGNED_BYTE, 0, 0);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.buffers.order);
    gl.uniformMatrix4fv(points.camera, false, camera.matrix());
    gl.uniform1f(points.progress, progress);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.paletteTexture);
    gl.uniform1i(points.palette, 0);
    let start = 0;
    for (const { count, size, opacity = 1, flat = [0, 0, 0, 0] } of groups) {
      gl.uniform1f(points.size, size * ratio);
      gl.uniform1f(points.opacity, opacity);
      gl.uniform4fv(points.flatColour, flat);
      if (count) gl.drawElements(gl.POINTS, count, gl.UNSIGNED_INT, 4 * start);
      start += count;
    }
  }

  attribute(name, source) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[source]);
    gl.enableVertexAttribArray(this.points[name]);
    gl.vertexAttribPointer(this.points[name], this.data[source].dims, gl.FLOAT, false, 0, 0);
  }
}

// A program with the places of its attributes and uniforms by name.
function linked(gl, vertex, fragment) {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const logs = gl.getAttachedShaders(program).map((shader) => gl.getShaderInfoLog(shader));
    throw new Error(`a shader of the map cannot be compiled: ${logs.join(" ")}`);
  }
  const places = { program };
  for (let k = 0; k < gl.getProgramParameter(program, gl.ACTIVE_ATTRIBUTES); k++) {
    const { name } = gl.getActiveAttrib(program, k);
    places[name] = gl.getAttribLocation(program, name);
  }
  for (let k = 0; k < gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS); k++) {
    const { name } = gl.getActiveUniform(program, k);
    places[name] = gl.getUniformLocation(program, name);
  }
  return places;
}
