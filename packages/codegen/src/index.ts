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
export type { KernelWishes } from './program/lower.js';
export { GOALS, type Goal, type Limits, type TradeOff } from './program/trade-offs.js';
export { inputsAt, referenceTrace } from './reference-trace.js';
export type { Samples } from './quantize/calibrate-ranges.js';
export { diagnoseLayers, type LayerDiagnosis } from './quantize/diagnose-layers.js';
export { PLAIN_PLAN, type QuantizationPlan } from './quantize/quantization-plan.js';
export { CALIBRATION_METHODS, type CalibrationMethod } from './quantize/range-candidates.js';
export { isWidenable } from './quantize/wide-places.js';
export { renderTarget, TARGET_NAMES, TARGETS, type TargetName } from './targets/index.js';
