// What Python tells the components and what they tell it, as JSON; beside each the place in Python
// that writes or reads it.

// A recipe: Recipe.to_data of explorer/recipe/recipe.py.

/** Name of a slider -> its amount. */
export type Amounts = Record<string, number>;

export type Source =
  | { kind: "picture" | "code"; value: string }
  | { kind: "seed"; value: number }
  | { kind: "sample"; value: Sample }
  | { kind: "mean"; value: null }
  | { kind: "mix"; value: [weight: number, recipe: Recipe][] };

/** A random face of the flow: Sample.to_data of explorer/recipe/sample.py. */
export interface Sample {
  seed: number;
  temperature?: number;
  having?: string[];
  lacking?: string[];
}

export interface Recipe {
  source: Source;
  attributes: Amounts;
  components: Amounts;
  dimensions: Amounts;
  directions?: Amounts;
  method?: string;
  locks?: string[];
  renderer?: string;
}

/** What recipe.js has to know: rules of explorer/recipe/recipe.py. */
export interface Rules {
  /** A recipe without edits. */
  plain: Recipe;
  /** In the order in which a recipe has them. */
  banks: string[];
  /** The one that a recipe need not name. */
  method: string;
  /** Likewise. */
  renderer: string;
}

// Questions and answers of the live route: explorer/live/messages.py.

/** SOCKET of explorer/live/route.py. */
export interface Route {
  path: string;
  /** Bytes of an answer before its pictures. */
  header: number;
  /** Recipes in a message. */
  most: number;
}

/** What is asked, less its number. */
export type Question =
  | { recipes: Recipe[] }
  | { place: { recipe: Recipe; layout: string } }
  | { blend: { points: number[][]; layout: string; renderer?: string } };

/** What every question of a page says besides. */
export interface Always {
  twin?: true;
}

/** Where a face lies on the map, and the rows of those nearest to it with their distances in z. */
export interface Whereabouts {
  position: number[];
  confidence: number;
  nearest: number[];
  distances: number[];
}

/** An answer in bytes, read. */
export interface Pictures {
  number: number;
  count: number;
  side: number;
  milliseconds: number;
  pictures: ImageData[];
  /** How much each is held up by faces around it, 0 to 1; of blends only. */
  support: number[];
}

// What Python has taken of a component's messages: explorer/page/state/messages.py.

export interface Heard {
  /** Another one forgets the messages before. */
  session: string;
  /** Number of the latest message taken. */
  revision: number;
}

// The editor: explorer/components/face_editor/__init__.py.

export interface EditorData extends Heard {
  run: string;
  /** Number of the visit to the editor's page, where there are others. */
  visit?: number;
  recipe: Recipe;
  name: string;
  source: string;
  banks: Bank[];
  ticks: Record<string, Record<string, Tick[]>>;
  methods: { name: string; label: string }[];
  /** Methods whose strength is an effect, from clean to strong; none where the run has none. */
  curve: string[];
  removed: Record<string, Amounts>;
  strip: string;
  strengths: Record<"counted" | "effects", number[]>;
  renderers: KnownRenderer[];
  /** Query parameter that holds the recipe, and its text there. */
  link: string;
  address: string;
  /** The face is made from somebody's photo. */
  private: boolean;
  /** The edit that a page opens with, where it opens on something alive. */
  opening: { bank: string; name: string; amount: number } | null;
  /** The latest walk that was asked for. */
  walk: { number: number; from: Recipe; to: Recipe } | null;
  live: Route;
  rules: Rules;
  limits: { favourites: number; name: number; mixed: number };
  step: number;
  favourites: Named[] | null;
  past: Named[];
}

/** A part of the switch between renderers. */
export interface KnownRenderer {
  name: string;
  label: string;
  hint: string;
}

export interface Bank {
  bank: string;
  title: string;
  short: string;
  about: string;
  limit: number;
  by_method: boolean;
  held: boolean;
  lockable: boolean;
  /** Headings. */
  folded: string[];
  sliders: KnownSlider[];
}

export interface KnownSlider {
  name: string | number;
  label: string;
  group: string;
  hint: string;
  facts: string[];
}

export interface Tick {
  at: number;
  label: string;
  kind: "own" | "mean" | "without" | "tips" | "with";
}

export interface Named {
  name: string;
  recipe: Recipe;
}

/** What the user did: hear_editor of explorer/page/state/editor.py. */
export type EditorMessage =
  | { recipe: Recipe }
  | { step: 1 | -1 }
  // Back or Forward: what the address holds, null for none.
  | { address: string | null }
  // Whatever the browser stored; Python checks it.
  | { favourites: unknown };

// The map: explorer/components/face_map/__init__.py, and its routes: explorer/map/route.py.

export interface MapData extends Heard {
  path: string;
  live: Route;
  rules: Rules;
  key: string;
  count: number;
  layout: string;
  colour: string;
  filter: string;
  selected: string;
  twin: boolean;
  pictures: boolean;
  picked: string | null;
  tells_colour: boolean;
  first_colour: string;
  /** What the address held; null where it keeps nothing of this map. */
  opening: KeptOfMap | null;
  takes: boolean;
  height: string;
  name: string;
}

/** What the address keeps of the map, "" for what is usual. */
export interface KeptOfMap {
  colour: string;
  view: string;
  selected: string;
}

export interface KnownColumn {
  name: string;
  title: string;
  group: string;
}

/** What the bytes of a column mean. */
export type Meaning =
  | { kind: "categories"; title: string; note: string; labels: string[] }
  | { kind: "scale"; title: string; note: string; range: [low: number, high: number] };

/** A place between the points that becomes the edited face. */
export interface TakenPlace {
  place: number[];
  layout: string;
}

/** A path between two places of a layout. */
export interface DrawnPath {
  ends: number[][];
  layout: string;
}

export type MapMessage =
  // The id of a face.
  | { picked: string }
  | { taken: TakenPlace }
  // Rows as text.
  | { selected: string }
  | { path: DrawnPath }
  | { colour: string }
  | { kept: KeptOfMap };

// A place for a part of the editor: explorer/components/editor_part/__init__.py.

export interface PartData {
  part: "grid" | "shelf";
}

// The table: explorer/components/face_table/__init__.py.

export interface TableData extends Heard {
  live: Route;
  rules: Rules;
  step: number;
  corner: string;
  rows: Heading[];
  columns: Heading[];
  sliders: { label: string; limit: number; value: number; column: number | null }[];
  cells: Cell[][];
}

export interface Heading {
  title: string;
  note: string;
}

export interface Cell {
  recipe: Recipe;
  attribute: string | null;
  slider: number | null;
  note: string;
}

export type TableMessage = { strengths: number[] } | { picked: Recipe };

// The slider: explorer/components/live_slider/__init__.py.

export interface SliderData {
  label: string;
  texts: string[];
  at: number;
}

// The place for a file: explorer/components/given_file/__init__.py.

export interface GivenFileData {
  label: string;
  endings: string[];
  /** Bytes. */
  most: number;
  /** Pixels of the longer side of a photo; null for other files. */
  side: number | null;
}

// The photo and its frame: explorer/components/photo_frame/__init__.py.

/** In pixels of the photo, degrees clockwise. */
export type Crop = [x: number, y: number, side: number, angle: number];

export interface PhotoFrameData {
  picture: string;
  size: [width: number, height: number];
  crop: Crop;
  found: boolean;
  photo: string;
}

// The button for files: explorer/components/download/__init__.py.

export interface DownloadData {
  label: string;
  name: string;
  about: string;
  kind: string;
  /** Its own on the page. */
  button: string;
  /** The latest wish that a file was told for. */
  answered: string | null;
  /** Of that file, in base64: told once. */
  content?: string;
}

// What element() of live_socket.js makes an element with: attributes, and listeners as `onclick`.

export type Attributes = {
  [Name in keyof HTMLElementEventMap as `on${Name}`]?: (
    event: HTMLElementEventMap[Name]
  ) => unknown;
} & { [name: string]: unknown };

// What Streamlit mounts a component with.

export interface Mounting<Data> {
  parentElement: HTMLElement;
  data: Data;
  /** Python sees it in every run until it is another one. */
  setStateValue(name: string, value: unknown): void;
  /** Python sees it in one run. */
  setTriggerValue(name: string, value: unknown): void;
}
