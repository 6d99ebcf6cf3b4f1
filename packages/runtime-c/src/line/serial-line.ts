/** Bits in a second, of every board (docs/protocol.md). */
export const BAUD = 115_200;

/** A serial line with a board at its other end: an emulator's, or a port of this machine. */
export interface SerialLine {
  write(bytes: Uint8Array): void;
  /** Whoever listens gets every byte from now on. Called once. */
  onData(listener: (bytes: Uint8Array) => void): void;
  /** Settles when nothing will come any more: why, in a few words. */
  readonly closed: Promise<string>;
  close(): Promise<void>;
}
