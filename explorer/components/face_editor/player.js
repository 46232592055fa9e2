// Plays something over time, until it is over or a hand touches the page.

const TOUCHES = ["pointerdown", "keydown", "wheel"];

export const wantsLessMotion = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

export class Player {
  /**
   * @param {object} play
   * @param {number} play.seconds
   * @param {(share: number) => void} play.show 0 at the beginning, 1 at the end
   * @param {(touched: boolean) => void} play.end
   */
  constructor({ seconds, show, end }) {
    this.end = end;
    /** @type {number | undefined} */
    this.began = undefined;
    /** @param {number} now */
    const step = (now) => {
      this.began ??= now;
      const share = Math.min(1, (now - this.began) / (1000 * seconds));
      show(share);
      if (share < 1) this.frame = requestAnimationFrame(step);
      else this.stop(false);
    };
    this.touch = () => this.stop(true);
    for (const kind of TOUCHES) window.addEventListener(kind, this.touch, true);
    this.frame = requestAnimationFrame(step);
  }

  stop(touched = true) {
    for (const kind of TOUCHES) window.removeEventListener(kind, this.touch, true);
    cancelAnimationFrame(this.frame);
    const { end } = this;
    this.end = () => {};
    end(touched);
  }
}

/**
 * From 0 up to 1, a while there, and down again; slow at both ends.
 * @param {number} share
 */
export function upAndDown(share) {
  const part = Math.min(1, share / 0.4, (1 - share) / 0.4);
  return part * part * (3 - 2 * part);
}
