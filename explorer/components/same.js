// Whether two values are alike in what JSON keeps of them, as recipes are sent.

export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
