// Streamlit may take a component from the page and put it back at once. When a run of a fragment
// begins before all of the run before was sent, what the fragment drew in it is not sent any more,
// but that it ended is, and the page takes away what it has not been sent. A component that waits a
// while for a new place keeps all that was done in it, and hears keys meanwhile.

const GONE_AFTER = 2000; // ms

/** @template Component */
export class PutBack {
  /** @type {{ component: Component, close: () => void, timer: ReturnType<typeof setTimeout> } | null} */
  left = null;

  /**
   * It was taken from the page. Unless it is put back soon, it closes.
   * @param {Component} component
   * @param {() => void} close
   */
  leave(component, close) {
    this.end();
    this.left = { component, close, timer: setTimeout(() => this.end(), GONE_AFTER) };
  }

  /**
   * The component that left, if it is the one that is put back; null for none. Another one closes.
   * @param {(component: Component) => boolean} isIt
   */
  back(isIt) {
    const { left } = this;
    if (!left || !isIt(left.component)) {
      this.end();
      return null;
    }
    clearTimeout(left.timer);
    this.left = null;
    return left.component;
  }

  end() {
    if (!this.left) return;
    clearTimeout(this.left.timer);
    this.left.close();
    this.left = null;
  }
}
