import { CompileError, elementCount, UnsupportedError, type KilnError, type Shape } from '@kiln/ir';
import type { ModelJson } from './schema.js';

/** One constant of the file. */
export interface Weight {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/**
 * Cuts the weight files of a TensorFlow.js model into named float32 arrays.
 *
 * The bytes of a group's files follow each other without gaps, little-endian, in the manifest's order.
 * `readFile` is given each path of the manifest. Problems are added to `errors`, all of them.
 */
export function readWeights(
  manifest: ModelJson['weightsManifest'],
  readFile: (path: string) => Uint8Array,
  errors: KilnError[],
): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  for (const group of manifest) {
    const bytes = concatenate(group.paths.map(readFile));
    const where = group.paths.join(', ');
    const expected = group.weights.reduce((sum, { shape }) => sum + 4 * elementCount(shape), 0);
    const foreign = group.weights.filter(
      ({ dtype, quantization }) => dtype !== 'float32' || quantization !== undefined,
    );
    for (const { name, dtype } of foreign) {
      const message = `weight '${name}' is stored as ${dtype === 'float32' ? 'compressed integers' : dtype}, expected float32`;
      errors.push(
        new UnsupportedError('E-TFJS-WEIGHT-DTYPE', where, message, 'Save the model without weight compression'),
      );
    }
    if (foreign.length > 0) continue;
    if (bytes.length !== expected) {
      const message = `the weights take ${expected} bytes by model.json, the files have ${bytes.length}`;
      errors.push(
        new CompileError('E-TFJS-WEIGHT-BYTES', where, message, 'The model is truncated or mixed up: save it again'),
      );
      continue;
    }
    let offset = 0;
    for (const { name, shape } of group.weights) {
      const length = elementCount(shape);
      const data = new Float32Array(bytes.slice(offset, offset + 4 * length).buffer);
      offset += 4 * length;
      const bad = data.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) {
        const message = `weight '${name}' holds ${data[bad]} at index ${bad}, expected finite numbers`;
        errors.push(new CompileError('E-TFJS-WEIGHT-VALUE', where, message, 'The training diverged: train again'));
      }
      weights.set(name, { shape, data });
    }
  }
  return weights;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
