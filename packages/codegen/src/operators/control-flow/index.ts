import { branch } from './branch.js';
import { loop } from './loop.js';

/** Operators that run other graphs. */
export const controlFlowOperators = { if: branch, while: loop };
