// What the modules of a site tell one another; space.js reads what explorer/site/space_file.py wrote.

import type { Instead } from "../components/language.js";
import type {
  EditorData,
  KnownColumn,
  MapData,
  Meaning,
  Question,
  Recipe,
  Source,
  TakenPlace,
} from "../components/types.d.ts";

/** The rules of strengths as effects: explorer/recipe/effects.py. */
export interface EffectRules {
  attributes: string[];
  by_face: [attribute: string, sign: number][];
  steps: string[];
  farthest: number;
  points: number;
  of_vectors: [least: number, most: number];
  once: number;
  longest: number;
  as_wanted: number;
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
  editor: { plain: Recipe; limits: Record<string, number>; step: number };
  map: {
    about: string[][];
    layouts: Record<string, KnownLayout>;
    tail: number;
    place: { neighbours: number; steps: number; smoothing: number; told: number };
    blend: { neighbours: number; unsupported: number };
    deviations: string[];
  };
}

/** How what the space file holds is called in the language of the page. */
export interface Words {
  /** Of attributes by their names. */
  titles: Record<string, string>;
  columns: KnownColumn[];
  meanings: Meaning[];
}

/** A part of a sum of codes. */
export type Term = { weight: number } & ({ recipe: Recipe } | { attribute: string; has: boolean });

/**
 * What a page asks: a server's questions, the code at a place of the map, that of a sum, and what the
 * sliders tell of a face.
 */
export type Asked = Question | { take: TakenPlace } | { sum: Term[] } | { about: Recipe };

/** What the page asks its worker, and what that says. */
export type ToWorker =
  | ({ open: PageData["files"]; first: string } & Pick<
      SiteData,
      "renderers" | "language" | "instead" | "words"
    >)
  | { id: number; ask: string }
  | { id: number; fetch: string };
export type FromWorker =
  | { id: number; answer: ArrayBuffer | string }
  | { id: number; response: { status: number; body: BodyInit; headers?: Record<string, string> } }
  | { loaded: number; of: number }
  | { failed: string };

/** What page_data of explorer/site/page_data.py tells. */
export interface PageData {
  language: string;
  instead: Instead | null;
  title: string;
  told: string[];
  first: Recipe;
  drawn: Source[];
  groups: { name: string; title: string }[];
  lenses: { name: string; layout: string; note: string }[];
  writing: { version: string; words: string };
  /** Files of data/ and their bytes. */
  files: Record<string, number>;
  renderers: { names: string[]; nearest: number; empty: number };
  editor: Omit<
    EditorData,
    | "session"
    | "revision"
    | "recipe"
    | "name"
    | "source"
    | "address"
    | "walk"
    | "favourites"
    | "past"
  >;
  map: Omit<MapData, "session" | "revision" | "layout" | "selected" | "picked">;
}

/** page.LANGUAGE.json of a site. */
export interface SiteData extends PageData {
  words: Words;
}
