export * from './build-native.js';
export * from './build-wasm.js';
export * from './engine.js';
export * from './toolchain.js';
