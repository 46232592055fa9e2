// Files of the browser to bytes that are not larger than they need to be.

import { _, N_ } from "../language.js";
import { penOf } from "../live_socket.js";

const AS_IT_IS = 1024 * 1024; // bytes; what is smaller is sent untouched
const QUALITY = 0.95; // of the JPEG that a smaller photo is sent as

const FILE_TOO_LARGE = N_("Expected a file of at most {most}; found {found}. Choose another one.");
const PHOTO_TOO_LARGE = N_(
  "Expected a file of at most {most}, or one that this browser can make smaller; found {found}. " +
    "Save it as JPEG, or smaller."
);

/** A file that is not sent; its message says what was expected, found, and to do next. */
export class TooLarge extends Error {}

/**
 * How large a picture is once its longer side is at most `side`.
 * @param {number} width
 * @param {number} height
 * @param {number} side
 * @returns {[number, number]}
 */
export function fitted(width, height, side) {
  const scale = Math.min(1, side / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

/**
 * What is sent of a file. Python reads what the browser cannot, and is the judge of all: so a photo
 * is only made smaller, upright and on white, where that spares much.
 * @param {Blob} file
 * @param {number} most bytes
 * @param {number | null} side pixels of the longer side of a photo, null for other files
 * @returns {Promise<Blob>}
 */
export async function toSend(file, most, side) {
  const smaller = side && file.size > AS_IT_IS ? await redrawn(file, side) : null;
  const found = smaller ?? file;
  if (found.size <= most) return found;
  throw new TooLarge(
    _(side ? PHOTO_TOO_LARGE : FILE_TOO_LARGE, {
      most: megabytes(most),
      found: megabytes(found.size),
    })
  );
}

/** @param {number} bytes */
const megabytes = (bytes) =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;

/**
 * A photo as a JPEG; null where the browser cannot read it.
 * @param {Blob} file
 * @param {number} side
 * @returns {Promise<Blob | null>}
 */
async function redrawn(file, side) {
  let photo;
  try {
    photo = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
  try {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = fitted(photo.width, photo.height, side);
    const pen = penOf(canvas);
    pen.fillStyle = "#ffffff"; // where it is transparent
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(photo, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  } finally {
    photo.close();
  }
}

/**
 * @param {Blob} content
 * @returns {Promise<string>}
 */
export function base64(content) {
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result).replace(/^[^,]*,?/, ""));
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(content);
  });
}
