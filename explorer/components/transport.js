// Who answers what the parts of a page ask. That is the server, unless the page has somebody nearer:
// a worker of its own, or the kernel of a notebook.

/**
 * @typedef {object} Answers
 * @property {() => unknown} socket opens what is used as a WebSocket
 * @property {(address: string) => Promise<Response>} fetch address: below the path
 */

/** @type {Map<string, Answers>} */
const nearer = new Map(); // path -> who answers below it

/**
 * @param {string} path as in "/live" or "/map", unlike all others of the page
 * @param {Answers} answers
 */
export function answerBelow(path, answers) {
  nearer.set(path, answers);
  return () => nearer.delete(path);
}

/** @param {string} url */
function whoAnswers(url) {
  for (const [path, answers] of nearer) {
    const at = url.indexOf(path);
    if (at >= 0) return { answers, address: url.slice(at + path.length) };
  }
  return null;
}

/**
 * @param {string} url
 * @returns {WebSocket}
 */
export const openSocket = (url) =>
  /** @type {WebSocket} */ (whoAnswers(url)?.answers.socket() ?? new WebSocket(url));

/**
 * @param {string} url
 * @returns {Promise<Response>}
 */
export function fetched(url) {
  const found = whoAnswers(url);
  return found ? found.answers.fetch(found.address) : fetch(url);
}
