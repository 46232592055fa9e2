// The strip and the grid as one picture with their labels, to keep.

import { element, penOf } from "../live_socket.js";

const FACE = 128; // pixels of a face in it
const LINE = 26; // pixels of a line of text
const TYPE = "16px sans-serif";

/**
 * Save faces in rows, with what they are along.
 * @param {object} sheet
 * @param {CanvasImageSource[][]} sheet.rows
 * @param {string} sheet.title
 * @param {string[]} sheet.columns below the faces
 * @param {string[]} sheet.lines left of the rows; "" each where there is one row only
 * @param {string} name of the file
 */
export function saveSheet({ rows, title, columns, lines }, name) {
  const left = lines.some(Boolean) ? 64 : 0;
  const canvas = element("canvas", {
    width: left + FACE * columns.length,
    height: LINE + FACE * rows.length + LINE,
  });
  const pen = penOf(canvas);
  pen.fillStyle = "white";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "black";
  pen.font = TYPE;
  pen.textBaseline = "middle";
  pen.imageSmoothingQuality = "high";
  pen.fillText(title, 6, LINE / 2);
  pen.textAlign = "center";
  rows.forEach((faces, row) => {
    const top = LINE + FACE * row;
    pen.fillText(lines[row] ?? "", left / 2, top + FACE / 2);
    faces.forEach((face, k) => pen.drawImage(face, left + FACE * k, top, FACE, FACE));
  });
  columns.forEach((text, k) =>
    pen.fillText(text, left + FACE * (k + 0.5), canvas.height - LINE / 2)
  );
  canvas.toBlob((blob) => {
    if (!blob) return;
    const link = element("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  });
}
