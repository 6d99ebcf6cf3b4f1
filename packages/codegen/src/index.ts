export {
  compile,
  computedGraph,
  isQuantized,
  type Compilation,
  type CompileOptions,
  type ComputedGraph,
  type Elimination,
  type Precision,
} from './compile.js';
export { describeModel, inferredGraph, type ModelDescription } from './describe-model.js';
export { describeWeights, type WeightDescription } from './describe-weights.js';
export { createEvaluator, type Evaluator } from './evaluate.js';
export { loopsEnd } from './loops-end.js';
export { OPERATORS } from './operators/index.js';
export { operatorTable } from './operators/operator-table.js';
export { spellOutScalers } from './passes/spell-out-scalers.js';
export { inputsAt, referenceTrace } from './reference-trace.js';
export type { Samples } from './quantize/calibrate-ranges.js';
export type { CalibrationMethod } from './quantize/range-candidates.js';
export { renderTarget, TARGET_NAMES, TARGETS, type TargetName } from './targets/index.js';
