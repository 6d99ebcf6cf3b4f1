import type { OperatorContext } from '../operator-context.js';

interface SliceSpec {
  readonly begin: number[];
  readonly size: number[];
  readonly strides: number[];
  /** The result's shape: dimensions that were asked for as one element are gone, new ones have size 1. */
  readonly shape: number[];
}

/**
 * Resolves the masks of a strided slice against the input's shape: what is read, and under which shape it comes out.
 *
 * Source: TensorFlow, `tf.strided_slice`: bit i of a mask speaks of entry i of begin, end and strides. An ellipsis stands for
 * as many whole dimensions as are left over; a new axis reads nothing; a shrunk one reads one element at `begin`.
 */
export function resolveStridedSlice(context: OperatorContext): SliceSpec {
  const input = context.tensor(0).shape;
  const [begins, ends, steps] = [context.integers(1), context.integers(2), context.integers(3)];
  const options = context.options('StridedSliceOptions');
  const bit = (mask: number, i: number): boolean => ((mask >> i) & 1) === 1;
  const spec: SliceSpec = { begin: [], size: [], strides: [], shape: [] };
  const entries = begins.length;
  const consumed = begins.filter((_, i) => !bit(options.newAxisMask, i) && !bit(options.ellipsisMask, i)).length;
  const whole = (d: number): void => {
    spec.begin.push(0);
    spec.size.push(input[d]!);
    spec.strides.push(1);
    spec.shape.push(input[d]!);
  };
  let d = 0;
  for (let i = 0; i < entries; i++) {
    if (bit(options.ellipsisMask, i)) {
      for (let left = input.length - consumed; left > 0; left--) whole(d++);
    } else if (bit(options.newAxisMask, i)) spec.shape.push(1);
    else {
      if (d >= input.length)
        throw context.unsupported('E-TFLITE-SLICE', `slices ${entries} dimensions of ${input.length}`);
      const shrink = bit(options.shrinkAxisMask, i);
      const range = resolveRange(context, input[d]!, {
        begin: bit(options.beginMask, i) && !shrink ? null : begins[i]!,
        end: bit(options.endMask, i) ? null : options.offset ? begins[i]! + ends[i]! : ends[i]!,
        stride: steps[i] ?? 1,
        shrink,
      });
      spec.begin.push(range.begin);
      spec.size.push(range.size);
      spec.strides.push(range.stride);
      if (!shrink) spec.shape.push(range.size);
      d += 1;
    }
  }
  while (d < input.length) whole(d++);
  return spec;
}

function resolveRange(
  context: OperatorContext,
  length: number,
  asked: { begin: number | null; end: number | null; stride: number; shrink: boolean },
): { begin: number; size: number; stride: number } {
  const { stride, shrink } = asked;
  if (stride === 0) throw context.unsupported('E-TFLITE-SLICE', 'has a stride of 0, expected another');
  const fromEnd = (index: number): number => (index < 0 ? index + length : index);
  if (shrink) {
    const begin = fromEnd(asked.begin ?? 0);
    if (begin >= 0 && begin < length) return { begin, size: 1, stride: 1 };
    throw context.unsupported('E-TFLITE-SLICE', `reads element ${asked.begin} of a dimension of ${length}`);
  }
  const clamp = (index: number): number =>
    stride > 0 ? Math.min(Math.max(index, 0), length) : Math.min(Math.max(index, -1), length - 1);
  const begin = asked.begin === null ? (stride > 0 ? 0 : length - 1) : clamp(fromEnd(asked.begin));
  const end = asked.end === null ? (stride > 0 ? length : -1) : clamp(fromEnd(asked.end));
  return { begin, size: Math.max(0, Math.ceil((end - begin) / stride)), stride };
}
