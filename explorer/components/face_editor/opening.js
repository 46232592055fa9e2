// The page opens on something alive: an edit slides on and off again, while its marker walks over the
// map. It ends for ever at the first touch, and never begins for people who ask for less motion.

import { rounded } from "../amounts.js";
import { withAmount } from "../recipe.js";
import { Player, upAndDown, wantsLessMotion } from "./player.js";

/**
 * @import { EditorData } from "../types.d.ts"
 * @import { FaceEditor } from "./face_editor.js"
 */

const SEEN = "latent-space-explorer opening seen";
const SECONDS = 7;
const WAITS = 1200; // ms from the first face on

/** @returns {boolean} */
function wasSeen() {
  try {
    return localStorage.getItem(SEEN) !== null;
  } catch {
    return false; // a browser that stores nothing
  }
}

function noteSeen() {
  try {
    localStorage.setItem(SEEN, "1");
  } catch {
    // It is seen again the next time.
  }
}

/**
 * @param {FaceEditor} editor
 * @param {NonNullable<EditorData["opening"]>} opening
 * @returns {{ stop: () => void } | null} null where nothing is played
 */
export function playOpening(editor, { bank, name, amount }) {
  if (wantsLessMotion() || wasSeen()) return null;
  const first = editor.recipe;
  /** @type {Player | undefined} */
  let player;
  const begin = () => {
    player = new Player({
      seconds: SECONDS,
      show: (share) => {
        const now = rounded(amount * upAndDown(share));
        editor.preview(withAmount(first, bank, name, now, editor.rules));
      },
      end: (touched) => {
        if (touched) noteSeen();
        editor.preview(first);
      },
    });
  };
  // Before it begins a touch ends it, too.
  const waiting = new Player({
    seconds: WAITS / 1000,
    show: () => {},
    end: (touched) => (touched ? noteSeen() : begin()),
  });
  return {
    stop() {
      waiting.end = () => {};
      waiting.stop();
      if (player) player.end = () => {};
      player?.stop();
    },
  };
}
