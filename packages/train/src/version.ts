import { requireFromHere } from './tensorflow.js';

/** The version of this package, as its package.json has it. */
export const KILN_VERSION: string = (requireFromHere('../package.json') as { version: string }).version;
