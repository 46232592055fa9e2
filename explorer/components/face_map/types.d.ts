// What the parts of the map hand to one another.

import type { Meaning } from "../types.d.ts";

/** CSS pixels from the upper left corner of the stage. */
export type Pixel = [x: number, y: number];

/** [r, g, b] from 0 to 255. */
export type Colour = number[] | Uint8Array;

/** The corners of a map, of two or three numbers each. */
export interface Box {
  low: number[];
  high: number[];
}

/** Places of N faces: (N, dims) float32. */
export interface Places {
  positions: Float32Array;
  dims: number;
}

export interface Layout extends Places, Box {}

/** From where a map is looked at; see Camera. */
export interface View {
  x: number;
  y: number;
  z: number;
  scale: number;
  /** Pixels upwards for one across. */
  tall: number;
  yaw: number;
  pitch: number;
  perspective: number;
}

/** (N,) bytes and what they mean. */
export interface Column {
  values: Uint8Array;
  about: Meaning;
}

/** What `arranged` of arrange.js says. */
export interface Shown {
  /** Rows that are drawn, in this order: first `grey`, then `shown` of them. */
  order: Uint32Array;
  grey: number;
  shown: number;
  /** (N,) bytes: OUTSIDE, UNSELECTED, SHOWN, or 0 where a face is not drawn. */
  state: Uint8Array;
  /** (256,) faces of each value that pass the filter. */
  counts: Uint32Array;
  passing: number;
}

/** Colours of the page. */
export interface Theme {
  text: Colour;
  background: Colour;
  dark: boolean;
}

/** Consecutive points of the order that are drawn alike. */
export interface Group {
  count: number;
  /** CSS pixels. */
  size: number;
  opacity?: number;
  /** One colour for all of them: [r, g, b, alpha] from 0 to 1. */
  flat?: number[] | null;
}

/** A button of the toolbar; `pressed` of what can be on or off. */
export interface Tool {
  icon: string;
  name: string;
  act(): void;
  pressed?(): boolean;
}

/** What maps of one page tell one another; see Linked. */
export interface Said {
  hover?: string | null;
  select?: Set<string> | null;
  view?: View;
  dims?: number;
  colour?: string;
  hello?: true;
  look?: true;
}
