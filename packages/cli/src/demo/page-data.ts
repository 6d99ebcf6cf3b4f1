import type { DType, Shape } from '@kiln/ir';
import type { BlockReport } from '../report/report-data.js';

/** A tensor as the page sees it: real = scale * (q - zeroPoint). */
export interface PageTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly bytes: number;
  readonly quantization: { readonly scale: number; readonly zeroPoint: number } | null;
}

export interface PageInput extends PageTensor {
  /** The number that a fully drawn pixel is; null for an input that is no drawing of 8x8 pixels. */
  readonly ink: number | null;
  /** Real values that a slider runs between. */
  readonly least: number;
  readonly most: number;
}

export interface PageOutput extends PageTensor {
  readonly traceOffset: number;
  /** `probabilities` run from 0 to 1; a `picture` is an image. */
  readonly kind: 'probabilities' | 'values' | 'picture';
  /** Names of the elements, if it has any. */
  readonly labels: readonly string[] | null;
}

/** What one layer wrote. */
export interface PageLayer extends PageTensor {
  readonly op: string;
  /** Where it stands in the trace of an inference. */
  readonly offset: number;
  /** Index of the step that writes it. */
  readonly step: number;
}

/** Everything that the page knows, as JSON within it. */
export interface PageData {
  readonly model: string;
  readonly precision: string;
  /** The module's bytes, base64. */
  readonly wasm: string;
  readonly inputs: readonly PageInput[];
  readonly outputs: readonly PageOutput[];
  readonly layers: readonly PageLayer[];
  readonly steps: readonly string[];
  readonly blocks: readonly BlockReport[];
  readonly arenaBytes: number;
  readonly inputBytes: number;
  readonly traceBytes: number;
  /** Whether a run leaves something to the next. */
  readonly remembers: boolean;
  /** Inputs to try: their bytes, base64, and the classes that they are, if known. */
  readonly samples: { readonly bytes: string; readonly labels: readonly number[] | null } | null;
}
