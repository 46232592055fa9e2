/**
 * Whether two values are alike in what JSON keeps of them, as recipes are sent.
 * @param {unknown} a
 * @param {unknown} b
 */
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
