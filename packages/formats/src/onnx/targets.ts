import { type DType, perTensor } from '@kiln/ir';
import type { FileModel, FileNode } from './file-model.js';
import type { Grid } from './integer-rules.js';

/** Operators through which a value goes on its way to a QuantizeLinear, on one scale from there back. */
const PASSED: ReadonlySet<string> = new Set([
  'Relu',
  'Clip',
  'MaxPool',
  'Flatten',
  'Reshape',
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Identity',
  'Dropout',
]);

/** Which integers the readers of each name round it to. */
export class Targets {
  readonly #grids = new Map<string, Grid | null>();

  /** Nodes stand in order: from the last to the first, all readers of a name are known before it is asked for. */
  constructor(private readonly model: FileModel) {
    const found = new Map<string, (Grid | null)[]>(model.outputs.map(({ name }) => [name, [null]]));
    for (const node of model.nodes.toReversed()) {
      for (const output of node.outputs) this.#grids.set(output, agreed(found.get(output) ?? []));
      const grid = this.#gridOf(node);
      for (const input of node.inputs) {
        const known = found.get(input);
        if (known === undefined) found.set(input, [grid]);
        else known.push(grid);
      }
    }
  }

  /** The grid that all readers round the name to, if they do and agree; null otherwise. */
  of(name: string): Grid | null {
    return this.#grids.get(name) ?? null;
  }

  #gridOf(reader: FileNode): Grid | null {
    if (reader.op === 'QuantizeLinear') return this.#quantizer(reader);
    return PASSED.has(reader.op) ? this.of(reader.outputs[0] ?? '') : null;
  }

  #quantizer({ inputs }: FileNode): Grid | null {
    const scale = this.model.constants.get(inputs[1] ?? '');
    const zero = this.model.constants.get(inputs[2] ?? '');
    if (scale?.data.length !== 1 || (inputs[2] ?? '') === '' || zero?.data.length !== 1) return null;
    return gridOf(Number(scale.data[0]), Number(zero.data[0]), zero.dtype);
  }
}

function agreed([first, ...others]: readonly (Grid | null)[]): Grid | null {
  if (first === undefined || first === null) return null;
  return others.every((grid) => JSON.stringify(grid) === JSON.stringify(first)) ? first : null;
}

/** uint8 becomes int8, 128 lower: the same reals. Null for what is no grid of 8 or 16 bits. */
export function gridOf(scale: number, zeroPoint: number, dtype: DType): Grid | null {
  if (!(scale > 0) || !Number.isFinite(scale)) return null;
  if (dtype === 'uint8') return { dtype: 'int8', quantization: perTensor(scale, zeroPoint - 128) };
  return dtype === 'int8' || dtype === 'int16' ? { dtype, quantization: perTensor(scale, zeroPoint) } : null;
}
