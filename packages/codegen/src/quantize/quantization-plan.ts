import type { CalibrationMethod } from './range-candidates.js';

/** How a float network becomes integers, where there is a choice. */
export interface QuantizationPlan {
  /** The method of all ranges; null: for each tensor the one that moves the network's output least. */
  readonly ranges: CalibrationMethod | null;
  /** Brings the channels between two layers to one size first: `equalizeChannels`. */
  readonly equalize: boolean;
  /** Takes the mean error of each output channel out of its bias afterwards: `correctBiases`. */
  readonly correctBiases: boolean;
  /** Layers (and float inputs) by name whose results keep 16 bits within a network of int8. */
  readonly wide: readonly string[];
}

/** What is done without a word. */
export const PLAIN_PLAN: QuantizationPlan = { ranges: null, equalize: false, correctBiases: false, wide: [] };
