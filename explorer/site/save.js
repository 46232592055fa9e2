// A picture to the disk.

import { element, penOf } from "../components/live_socket.js";

const SIDE = 512; // pixels of the file

/**
 * @param {HTMLCanvasElement} face
 * @param {string} name of the file
 */
export function savePicture(face, name) {
  const canvas = element("canvas", { width: SIDE, height: SIDE });
  const pen = penOf(canvas);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(face, 0, 0, SIDE, SIDE);
  canvas.toBlob((file) => {
    if (!file) return;
    const href = URL.createObjectURL(file);
    element("a", { href, download: name.replaceAll(/[^\w.]+/g, "-") }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  });
}
