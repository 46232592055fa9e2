// As much of a WebSocket as live_socket.js uses, for answers that come from nearer than a server.

export class LocalSocket {
  /** @param {(text: string) => Promise<ArrayBuffer | string>} ask */
  constructor(ask) {
    this.ask = ask;
    /** @type {number} */
    this.readyState = WebSocket.CONNECTING;
    /** @type {(() => void) | undefined} */
    this.onopen = undefined;
    /** @type {((event: { data: ArrayBuffer | string }) => void) | undefined} */
    this.onmessage = undefined;
    queueMicrotask(() => {
      if (this.readyState !== WebSocket.CONNECTING) return;
      this.readyState = WebSocket.OPEN;
      this.onopen?.();
    });
  }

  /** @param {string} text */
  async send(text) {
    const data = await this.ask(text);
    if (this.readyState === WebSocket.OPEN) this.onmessage?.({ data });
  }

  close() {
    this.readyState = WebSocket.CLOSED;
  }
}
