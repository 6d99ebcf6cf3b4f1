import type { FileTensor } from './file-model.js';

/** The reals that a quantized constant stands for, each rounded to float32: scale * (value - zero point). */
export function realValues({ data, shape, quantization }: FileTensor): Float32Array {
  const { scale = [1], zeroPoint = [0], axis = null } = quantization ?? {};
  const inner = axis === null ? 1 : shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  return Float32Array.from(data as Int8Array, (value, index) => {
    const channel = axis === null ? 0 : Math.floor(index / inner) % shape[axis]!;
    return Math.fround(scale[channel]! * (value - zeroPoint[channel]!));
  });
}
