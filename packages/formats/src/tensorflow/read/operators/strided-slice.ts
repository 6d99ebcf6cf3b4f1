import type { Shape } from '@kiln/ir';
import type { NodeContext } from '../node-context.js';

/** What is read of each dimension, and under which shape it comes out. */
export interface SliceSpec {
  readonly begin: number[];
  readonly size: number[];
  readonly strides: number[];
  readonly shape: number[];
}

/**
 * Resolves the masks of a strided slice. Bit i of a mask speaks of entry i of begin, end and strides. An ellipsis stands for
 * as many whole dimensions as are left over; a new axis reads nothing; a shrunk one reads one element at `begin`.
 *
 * Source: TensorFlow, `tf.strided_slice`.
 */
export function resolveStridedSlice(context: NodeContext, input: Shape): SliceSpec {
  const [begins, ends, steps] = [context.integers(1), context.integers(2), context.integers(3)];
  const has = (mask: string, i: number): boolean => ((context.number(`${mask}_mask`, 0) >> i) & 1) === 1;
  const spec: SliceSpec = { begin: [], size: [], strides: [], shape: [] };
  const consumed = begins.filter((_, i) => !has('new_axis', i) && !has('ellipsis', i)).length;
  const take = (begin: number, size: number, stride: number, isShrunk = false): void => {
    spec.begin.push(begin);
    spec.size.push(size);
    spec.strides.push(stride);
    if (!isShrunk) spec.shape.push(size);
  };
  const whole = (): void => take(0, input[spec.begin.length]!, 1);
  for (const [i, begin] of begins.entries()) {
    const d = spec.begin.length;
    if (has('ellipsis', i)) {
      for (let left = input.length - consumed; left > 0; left--) whole();
    } else if (has('new_axis', i)) spec.shape.push(1);
    else if (d >= input.length)
      throw context.wrong('E-GRAPHDEF-SLICE', `slices ${begins.length} dimensions of ${input.length}`);
    else if (has('shrink_axis', i)) take(oneElement(context, begin, input[d]!), 1, 1, true);
    else {
      const first = has('begin', i) ? null : begin;
      const { start, size } = range(context, input[d]!, first, has('end', i) ? null : ends[i]!, steps[i] ?? 1);
      take(start, size, steps[i] ?? 1);
    }
  }
  while (spec.begin.length < input.length) whole();
  return spec;
}

function oneElement(context: NodeContext, asked: number, length: number): number {
  const begin = asked < 0 ? asked + length : asked;
  if (begin >= 0 && begin < length) return begin;
  throw context.wrong('E-GRAPHDEF-SLICE', `reads element ${asked} of a dimension of ${length}`);
}

function range(
  context: NodeContext,
  length: number,
  asked: number | null,
  askedEnd: number | null,
  stride: number,
): { start: number; size: number } {
  if (stride === 0) throw context.wrong('E-GRAPHDEF-SLICE', 'has a stride of 0, expected another');
  const fromEnd = (index: number): number => (index < 0 ? index + length : index);
  const clamp = (index: number): number =>
    stride > 0 ? Math.min(Math.max(index, 0), length) : Math.min(Math.max(index, -1), length - 1);
  const start = asked === null ? (stride > 0 ? 0 : length - 1) : clamp(fromEnd(asked));
  const end = askedEnd === null ? (stride > 0 ? length : -1) : clamp(fromEnd(askedEnd));
  return { start, size: Math.max(0, Math.ceil((end - start) / stride)) };
}
