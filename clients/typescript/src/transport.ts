// What does a connection need of a WebSocket?

/** One socket: that of a browser, of SockJS, of `ws`, or anything with these members. */
export interface Socket {
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(text: string): void;
  close(): void;
}

/** Makes a socket that connects at once: `WebSocket`, or `SockJS`. */
export type Transport = new (url: string) => Socket;
