import { constant } from './value.js';

/** What a placeholder of Keras's learning phase is at inference. */
export const NOT_LEARNING = constant('keras_learning_phase', 'bool', [], Uint8Array.of(0));
