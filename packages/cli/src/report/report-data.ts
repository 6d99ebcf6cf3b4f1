import type { Picture } from '../pictures/picture.js';

/**
 * Everything that a report shows. Ratios (accuracies) are fractions 0..1, sizes are bytes, unless the name says another
 * unit. What is not known is null or empty, and its section is left out.
 */
export interface ReportData {
  title: string;
  kilnVersion: string;
  model: { name: string; sha256: string };
  data: DataSetReport | null;
  training: TrainingReport | null;
  /** TensorFlow.js's own accuracy on the test set. */
  floatAccuracy: number | null;
  /** One entry per precision; the headline shows the first. */
  precisions: readonly PrecisionReport[];
  /** Drawn already: of the data set, and of the trained weights. */
  pictures: { data: readonly Picture[]; weights: readonly Picture[] };
  files: readonly { path: string; bytes: number; what: string }[];
  next: readonly { command: string; what: string }[];
}

/** The data set that the model was trained and judged on. */
interface DataSetReport {
  name: string;
  source: string;
  /** Shown prominently, above the figures. */
  notice: string | null;
  sha256: string;
  trainCount: number;
  testCount: number;
  classes: readonly string[];
  /** Rows, columns. */
  imageShape: readonly [number, number];
}

/** One training run, epoch by epoch. */
export interface TrainingReport {
  backend: string;
  seed: number;
  /** Which epoch's weights were kept: `last` or `best`. */
  keep: string;
  epochs: readonly EpochReport[];
}

/** Loss and accuracy of one epoch on the training set and on the test set. */
export interface EpochReport {
  /** Counted from 1. */
  epoch: number;
  loss: number;
  accuracy: number;
  testLoss: number;
  testAccuracy: number;
}

/** The model compiled in one precision. */
export interface PrecisionReport {
  precision: string;
  /** Accuracy of the TypeScript reference on the test set. */
  accuracy: number | null;
  constantBytes: number;
  arenaBytes: number;
  /** No memory plan can need less than this. */
  lowerBoundBytes: number;
  macs: number;
  layers: readonly LayerReport[];
  blocks: readonly BlockReport[];
  /** Names of the steps in order of execution: the x axis of the memory picture. */
  steps: readonly string[];
  /** One entry per target; the headline shows the first. */
  sizes: readonly SizeReport[];
  engines: readonly EngineReport[];
  /** Counts, [true class][class read]. */
  confusion: readonly (readonly number[])[] | null;
  misread: readonly MisreadReport[];
  /** Test images whose class differs between this precision and TensorFlow.js. */
  disagreements: readonly DisagreementReport[];
}

/** One node of the graph. */
export interface LayerReport {
  name: string;
  op: string;
  /** Shape, such as `8x8x1`. */
  input: string;
  output: string;
  dtype: string;
  macs: number;
  constantBytes: number;
  outputBytes: number;
  signalToNoiseDecibels: number | null;
  calibration: string | null;
}

/** One block of the arena: tensors that share an address, alive from `firstStep` to `lastStep` inclusive. */
export interface BlockReport {
  tensors: readonly string[];
  offset: number;
  bytes: number;
  firstStep: number;
  lastStep: number;
}

/** What the compiled C takes on one target. */
interface SizeReport {
  target: string;
  /** Version and flags. */
  compiler: string;
  codeBytes: number;
  constantBytes: number;
  ramBytes: number;
  stackBytes: number | null;
}

/** One engine's outputs against the reference, byte for byte. The engine named `reference` is the TypeScript one. */
export interface EngineReport {
  name: string;
  description: string;
  inputs: number;
  differing: number;
  bytesCompared: number;
  accuracy: number | null;
  seconds: number;
}

/** One test image that was read wrongly. */
export interface MisreadReport {
  index: number;
  label: string;
  read: string;
  /** The output of the class read less that of the true class. */
  margin: number;
  /** Row-major, 0..16. */
  pixels: Uint8Array;
}

/** One test image whose class is another than TensorFlow.js's. */
interface DisagreementReport {
  index: number;
  label: string;
  /** The class that TensorFlow.js gives. */
  float: string;
  /** The class that this precision gives. */
  int8: string;
  margin: number;
}
