/** Inputs and the right answers to them: images and their classes, or whatever else a network takes and gives. */
export interface LabelledImages {
  readonly count: number;
  /** [count, ...shape], row-major; images are [height, width, channels], the digits have pixels 0 .. 16. */
  readonly images: Uint8Array | Float32Array;
  /** [count], indices into the data set's classes; empty where the answers are numbers. */
  readonly labels: Uint8Array;
  /** [count, outputs], where the answers are numbers. */
  readonly targets?: Float32Array;
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
  /** Shape of one input, of an image: height, width, channels. */
  readonly shape: readonly number[];
  readonly classes: readonly string[];
  readonly train: LabelledImages;
  readonly test: LabelledImages;
}
