// What a component tells Streamlit, message by message. Of values told in quick succession Streamlit
// may hear the last one only, so what Python has not taken is told again with the next.

/** @import { Heard } from "./types.d.ts" */

/** @template {object} Message */
export class Messages {
  /** @param {Heard} heard */
  constructor({ session, revision }) {
    this.session = session;
    this.revision = revision; // number of the latest message
    /** @type {(Message & { revision: number })[]} */
    this.untaken = [];
    /** @type {(messages: (Message & { revision: number })[]) => void} */
    this.commit = () => {}; // told by who mounts the component
  }

  // Python has not heard yet of what was done last.
  get waiting() {
    return this.untaken.length > 0;
  }

  /**
   * What Python has taken.
   * @param {Heard} heard
   */
  heard({ session, revision }) {
    if (session !== this.session) {
      this.session = session; // the server forgot the one before
      this.revision = revision;
      this.untaken = [];
    }
    this.untaken = this.untaken.filter((message) => message.revision > revision);
  }

  /** @param {Message} message */
  tell(message) {
    this.revision += 1;
    this.untaken = [...this.untaken, { ...message, revision: this.revision }];
    this.commit(this.untaken);
  }

  // Python may not have been told of them.
  tellAgain() {
    if (this.waiting) this.commit(this.untaken);
  }
}
