// A picture of the camera of this computer: what it sees, and a button that takes it.

import { _ } from "../language.js";
import { element, penOf } from "../live_socket.js";

export class Camera {
  /**
   * @param {(picture: Blob) => void} take
   * @param {(problem: string) => void} say
   */
  constructor(take, say) {
    this.take = take;
    this.say = say;
    this.video = element("video", { autoplay: "", playsinline: "", "aria-label": _("Camera") });
    this.video.muted = true;
    this.root = element(
      "div",
      { class: "camera" },
      this.video,
      element("button", { type: "button", onclick: () => this.shoot() }, _("Take the picture")),
      element("button", { type: "button", onclick: () => this.close() }, _("Stop"))
    );
    this.root.hidden = true;
    this.wanted = false;
    /** @type {MediaStream | null} */
    this.stream = null;
  }

  // Browsers give the camera to pages of this computer and to those with TLS only.
  static get isThere() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  async open() {
    this.wanted = true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" } });
      this.end(this.stream);
      this.stream = stream;
      if (!this.wanted) return this.close(); // meanwhile
      this.video.srcObject = stream;
      this.root.hidden = false;
    } catch (error) {
      this.say(
        _("No picture comes from a camera: {reason}", {
          reason: /** @type {Error} */ (error).message,
        })
      );
    }
  }

  shoot() {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [this.video.videoWidth, this.video.videoHeight];
    if (!canvas.width) return; // it has not begun
    penOf(canvas).drawImage(this.video, 0, 0);
    canvas.toBlob((picture) => picture && this.take(picture), "image/jpeg", 0.95);
    this.close();
  }

  close() {
    this.wanted = false;
    this.root.hidden = true;
    this.end(this.stream);
    this.stream = null;
  }

  /** @param {MediaStream | null} stream */
  end(stream) {
    for (const track of stream?.getTracks() ?? []) track.stop();
  }
}
