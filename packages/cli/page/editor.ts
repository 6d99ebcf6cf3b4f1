/** What a user sets one input with. */
export interface Editor {
  readonly element: HTMLElement;
  /** The input's bytes, as they are now. */
  read(): Uint8Array;
  /** What the user has not done yet, in words; null if the input may be run. */
  missing(): string | null;
  /** Shows an input that comes from elsewhere. */
  show(bytes: Uint8Array): void;
}
