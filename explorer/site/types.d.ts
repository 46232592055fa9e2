// What the modules of a site tell one another; space.js reads what explorer/site/space_file.py wrote.

import type { KnownColumn, Meaning, Source } from "../components/types.d.ts";

export type Numbers = Float32Array | Uint8Array | Int32Array;

export interface Tensor {
  shape: number[];
  data: Float32Array;
}

/** The rules of strengths as effects: explorer/recipe/effects.py. */
export interface EffectRules {
  attributes: string[];
  by_face: [attribute: string, sign: number][];
  steps: string[];
  farthest: number;
  points: number;
  least: number;
  most: number;
  learned: number;
  tips_between: [lowest: number, highest: number];
  beyond: number;
}

/** What Placer.calibration of explorer/map/place.py tells. */
export interface Calibration {
  size: number;
  far: number;
  scatters: number[];
  shares: number[];
}

export interface KnownLayout {
  lens: string;
  placer: Calibration;
  usual: number;
}

/** The metadata of space.safetensors. */
export interface Told {
  ids: string[];
  drawn: Source[];
  attributes: string[];
  methods: string[];
  curve: string[];
  least_left: number;
  effects: EffectRules | null;
  map: {
    columns: KnownColumn[];
    meanings: Meaning[];
    about: string[][];
    layouts: Record<string, KnownLayout>;
    tail: number;
    place: { neighbours: number; steps: number; smoothing: number; told: number };
    blend: { neighbours: number; unsupported: number };
    titles: Record<string, string>;
    deviations: string[];
  };
}
