export * from './errors.js';
export * from './quantization.js';
