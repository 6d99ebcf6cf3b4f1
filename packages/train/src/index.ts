export { BACKEND_CHOICES, type BackendChoice, type BackendName } from './backends/select-backend.js';
export { addonProblem, findTensorFlowAddon } from './backends/tfjs-node.js';
export type { Scores } from './evaluate.js';
export { MODEL_FILES, MODEL_PARTS } from './model-folder.js';
export type { ModelMetadata } from './model-files.js';
export { predictWithTensorFlow } from './predict.js';
export { findRecipe, RECIPES } from './recipes/index.js';
export type { Recipe } from './recipes/recipe.js';
export type { ActivationGrid } from './retrain/fake-quantize.js';
export { retrainQuantized, type RetrainOptions } from './retrain/retrain.js';
export { measureSeedSpread, type SeedSpread, spreadOf } from './seed-spread.js';
export { train, type TrainedModel, type TrainOptions } from './train.js';
export {
  KEEP_CHOICES,
  type EpochRecord,
  type KeepChoice,
  type TrainingEvent,
  type TrainingRecord,
} from './training-record.js';
export type { Dataset, LabelledImages } from './datasets/dataset.js';
export { loadOptdigits, type LoadOptdigitsOptions } from './datasets/optdigits/load-optdigits.js';
export { accuracy, argmaxRows, confusionMatrix } from './metrics.js';
export { type Exploration, explore } from './explore.js';
export * from './own/user-api.js';
export { loadRecipe } from './own/load-recipe.js';
