import type { TensorData } from '@kiln/ir';
import { checkConstant } from './check-file.js';
import type { FileModel, FileNode } from './file-model.js';

/**
 * GELU, which files before version 20 spell out, as one node:
 *
 *   y = x * (1 + erf(x / sqrt(2))) * 0.5
 *
 * in whatever order the factors are multiplied. An Erf that stands elsewhere is left.
 *
 * Source: Hendrycks and Gimpel 2016; torch.onnx and tf2onnx write it so.
 */
export function recogniseGelu(model: FileModel): FileModel {
  const pattern = new Pattern(model);
  const found = model.nodes.flatMap((node) => (node.op === 'Erf' ? (geluAround(node, pattern) ?? []) : []));
  const dropped = new Set(found.flatMap(({ others }) => others));
  const operands = new Map(found.map(({ x, last }) => [last, x]));
  const nodes = model.nodes.flatMap((node) => {
    const x = operands.get(node);
    if (x !== undefined) return [{ ...node, op: 'Gelu', inputs: [x], attributes: NO_ATTRIBUTES }];
    return dropped.has(node) ? [] : [node];
  });
  return { ...model, nodes };
}

interface Found {
  readonly x: string;
  /** The last product. */
  readonly last: FileNode;
  readonly others: readonly FileNode[];
}

const NO_ATTRIBUTES: FileNode['attributes'] = new Map();

function geluAround(erf: FileNode, pattern: Pattern): Found | null {
  const scaled = pattern.writer(erf.inputs[0] ?? '');
  const x =
    scaled === null
      ? null
      : (pattern.without(scaled, 'Div', Math.SQRT2) ?? pattern.without(scaled, 'Mul', Math.SQRT1_2));
  const sum = pattern.onlyReader(erf);
  if (scaled === null || x === null || sum === null || pattern.onlyReader(scaled) !== erf) return null;
  if (pattern.without(sum, 'Add', 1) !== erf.outputs[0]) return null;
  const first = pattern.onlyReader(sum);
  const factor = pattern.factor(first, sum);
  if (first === null || factor === null) return null;
  // x * 0.5, computed before.
  const half = pattern.writer(factor);
  if (half !== null && pattern.without(half, 'Mul', 0.5) === x && pattern.onlyReader(half) === first)
    return { x, last: first, others: [erf, scaled, sum, half] };
  const last = pattern.onlyReader(first);
  const other = pattern.factor(last, first);
  const fits = (factor === x && pattern.is(other, 0.5)) || (other === x && pattern.is(factor, 0.5));
  return last !== null && fits ? { x, last, others: [erf, scaled, sum, first] } : null;
}

class Pattern {
  readonly #writers = new Map<string, FileNode>();
  /** Null for the network's caller. */
  readonly #readers = new Map<string, (FileNode | null)[]>();

  constructor(private readonly model: FileModel) {
    for (const { name } of model.outputs) this.#readers.set(name, [null]);
    for (const node of model.nodes) {
      for (const output of node.outputs) this.#writers.set(output, node);
      for (const input of node.inputs) {
        const known = this.#readers.get(input);
        if (known === undefined) this.#readers.set(input, [node]);
        else known.push(node);
      }
    }
  }

  writer(name: string): FileNode | null {
    return this.#writers.get(name) ?? null;
  }

  /** The one node that reads the result, once, where nobody else does. */
  onlyReader({ outputs: [name = ''] }: FileNode): FileNode | null {
    const [reader = null, ...others] = this.#readers.get(name) ?? [];
    return others.length === 0 ? reader : null;
  }

  /** The other operand, where one is the constant; of a Div the divisor has to be. */
  without({ op, inputs }: FileNode, wanted: string, value: number): string | null {
    const [a = '', b = ''] = inputs;
    if (op !== wanted) return null;
    if (this.is(b, value)) return a;
    return op !== 'Div' && this.is(a, value) ? b : null;
  }

  /** What the product multiplies the node's result with. */
  factor(product: FileNode | null, { outputs: [name] }: FileNode): string | null {
    const [a = '', b = ''] = product?.inputs ?? [];
    return product?.op !== 'Mul' ? null : a === name ? b : a;
  }

  /** Whether a constant is one number, to the last bits of float32. */
  is(name: string | null, value: number): boolean {
    const data = name === null ? null : this.#constant(name);
    return data?.length === 1 && Math.abs(Number(data[0]) - value) < 1e-6;
  }

  #constant(name: string): TensorData | null {
    const known = this.model.constants.get(name);
    if (known !== undefined) return known.data;
    const { op, attributes } = this.writer(name) ?? {};
    const tensor = op === 'Constant' ? attributes?.get('value')?.t : undefined;
    return tensor === undefined || tensor === null ? null : (checkConstant(tensor, name, '', [])?.data ?? null);
  }
}
