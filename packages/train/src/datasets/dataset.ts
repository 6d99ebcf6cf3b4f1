/** Images and their classes. */
export interface LabelledImages {
  readonly count: number;
  /** [count, height, width, channels], row-major; the digits have pixels 0 .. 16. */
  readonly images: Uint8Array;
  /** [count], indices into the data set's classes. */
  readonly labels: Uint8Array;
}

/** A data set, split into the images to train on and the images to test with. */
export interface Dataset {
  readonly name: string;
  /** Where it came from. */
  readonly source: string;
  /** What people must be told about it, if anything. */
  readonly notice: string | null;
  /** Checksum of its content, in hexadecimal. */
  readonly sha256: string;
  /** Shape of one image: height, width, channels. */
  readonly shape: readonly number[];
  readonly classes: readonly string[];
  readonly train: LabelledImages;
  readonly test: LabelledImages;
}
