export * from './build-native.js';
export * from './build-wasm.js';
export * from './code-size.js';
export * from './compile-matrix.js';
export * from './engine.js';
export * from './inputs.js';
export * from './parity.js';
export * from './toolchain.js';
