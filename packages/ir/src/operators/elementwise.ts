import type { Activation, None } from './attributes.js';

/** y = f(x), element by element: x and y have one shape. */
export type UnaryName =
  | 'relu'
  | 'relu6'
  | 'reluN1To1'
  | 'relu0To1'
  | 'elu'
  | 'hardSwish'
  | 'logistic'
  | 'tanh'
  | 'abs'
  | 'neg'
  | 'square'
  | 'sqrt'
  | 'rsqrt'
  | 'exp'
  | 'log'
  | 'sin'
  | 'cos'
  | 'ceil'
  | 'floor'
  | 'round'
  | 'sign'
  | 'logicalNot';

/** y = f(a, b) with a fused activation; shapes broadcast as TensorFlow does it. */
export type ArithmeticName = 'add' | 'sub' | 'mul' | 'div';

/** y = f(a, b); shapes broadcast. Comparisons answer in bool. */
export type BinaryName =
  | 'floorDiv'
  | 'floorMod'
  | 'maximum'
  | 'minimum'
  | 'squaredDifference'
  | 'pow'
  | 'equal'
  | 'notEqual'
  | 'less'
  | 'lessEqual'
  | 'greater'
  | 'greaterEqual'
  | 'logicalAnd'
  | 'logicalOr';

/** Operators that work on each element by itself, or on a row. */
export type ElementwiseAttributes = { readonly [K in UnaryName | BinaryName]: None } & {
  readonly [K in ArithmeticName]: { readonly activation: Activation };
} & {
  /** y = x where x >= 0, otherwise alpha * x */
  readonly leakyRelu: { readonly alpha: number };
  /** y = x * P(normal <= x); `approximate` by a tanh. */
  readonly gelu: { readonly approximate: boolean };
  /** x, alpha (broadcast) -> y = x where x >= 0, otherwise alpha * x */
  readonly prelu: None;
  /** Sum of all inputs, which have one shape. */
  readonly addN: None;
  /** condition (bool), a, b -> y = condition ? a : b; shapes broadcast. */
  readonly select: None;
  /** The same number in the output's dtype. */
  readonly cast: None;
  /** x, mean, inverseDeviation, all of one shape -> y = (x - mean) * inverseDeviation, element by element */
  readonly standardize: None;
  /** float32, or integers of another scale -> integers of the output's quantization */
  readonly quantize: None;
  /** integers -> float32 */
  readonly dequantize: None;
  /** y_i = exp(beta * x_i) / sum_j exp(beta * x_j) over the last dimension */
  readonly softmax: { readonly beta: number };
  /** y_i = x_i - log(sum_j exp(x_j)) over the last dimension */
  readonly logSoftmax: None;
  /** y = x / sqrt(sum of x^2) over the last dimension */
  readonly l2Normalization: None;
};
