import { relu, relu0To1, relu6, reluN1To1 } from './clamping.js';
import { elu } from './elu.js';
import { gelu } from './gelu.js';
import { hardSwish } from './hard-swish.js';
import { leakyRelu } from './leaky-relu.js';
import { logistic, tanh } from './sigmoids.js';

/** Functions of one element by itself, computed or looked up. */
export const activationOperators = {
  elu,
  gelu,
  hardSwish,
  leakyRelu,
  logistic,
  relu,
  relu0To1,
  relu6,
  reluN1To1,
  tanh,
};
