import { CompileError, type TensorId } from '@kiln/ir';
import { z } from 'zod';
import type { LayerContext } from '../layer-context.js';
import { type Converter, withOptions } from './converter.js';

const NONE = { activation: 'none' } as const;

/** Layers of several inputs. */
export const MERGE_LAYERS: Readonly<Record<string, Converter>> = {
  Add: (_, context) => fold(context, (a, b) => arithmetic(context, 'add', a, b)),
  Multiply: (_, context) => fold(context, (a, b) => arithmetic(context, 'mul', a, b)),
  Maximum: (_, context) => fold(context, (a, b) => context.node('maximum', {}, [a, b], broadcast(context, a, b))),
  Minimum: (_, context) => fold(context, (a, b) => context.node('minimum', {}, [a, b], broadcast(context, a, b))),
  Subtract: (_, context) => {
    const [a, b] = operands(context, 2);
    return arithmetic(context, 'sub', a!, b!);
  },
  Average: (_, context) => {
    const sum = fold(context, (a, b) => arithmetic(context, 'add', a, b));
    return arithmetic(context, 'mul', sum, context.scalar('share', 1 / context.inputs.length));
  },
  Concatenate: withOptions(z.object({ axis: z.int().default(-1) }), ({ axis }, context) => concatenate(context, axis)),
  Merge: withOptions(
    z.object({ mode: z.enum(['sum', 'mul', 'max', 'ave', 'concat']), concat_axis: z.int().default(-1) }),
    ({ mode, concat_axis }, context) => {
      if (mode === 'concat') return concatenate(context, concat_axis);
      const layers = { sum: 'Add', mul: 'Multiply', max: 'Maximum', ave: 'Average' } as const;
      return MERGE_LAYERS[layers[mode]]!({}, context);
    },
  ),
};

function concatenate(context: LayerContext, wanted: number): TensorId {
  const shapes = operands(context, 1).map((id) => context.shapeOf(id));
  const rank = shapes[0]!.length;
  const axis = wanted < 0 ? wanted + rank : wanted;
  const fits =
    axis > 0 &&
    axis < rank &&
    shapes.every((shape) => shape.length === rank && shape.every((size, i) => i === axis || size === shapes[0]![i]));
  if (!fits) {
    const listed = shapes.map((shape) => `[${shape.join(', ')}]`).join(', ');
    throw new CompileError(
      'E-KERAS-CONCATENATE',
      `layer '${context.name}'`,
      `joins ${listed} along axis ${wanted}, expected equal sizes elsewhere`,
      'Check the layers before it',
    );
  }
  const total = shapes.reduce((sum, shape) => sum + shape[axis]!, 0);
  return context.node('concatenation', { axis }, context.inputs, shapes[0]!.with(axis, total));
}

function fold(context: LayerContext, combine: (a: TensorId, b: TensorId) => TensorId): TensorId {
  return operands(context, 2).reduce(combine);
}

function operands(context: LayerContext, least: number): readonly TensorId[] {
  if (context.inputs.length >= least) return context.inputs;
  const message = `is called with ${context.inputs.length} inputs, expected at least ${least}`;
  throw new CompileError('E-KERAS-INPUTS', `layer '${context.name}'`, message, 'Save the model again');
}

function arithmetic(context: LayerContext, op: 'add' | 'sub' | 'mul', a: TensorId, b: TensorId): TensorId {
  return context.node(op, NONE, [a, b], broadcast(context, a, b));
}

function broadcast(context: LayerContext, a: TensorId, b: TensorId): readonly number[] {
  const [first, second] = [context.shapeOf(a), context.shapeOf(b)];
  const rank = Math.max(first.length, second.length);
  const size = (shape: readonly number[], axis: number): number => shape[axis - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, axis) => {
    const [p, q] = [size(first, axis), size(second, axis)];
    if (p === q || p === 1 || q === 1) return Math.max(p, q);
    const message = `combines [${first.join(', ')}] and [${second.join(', ')}], expected sizes that are equal or 1`;
    throw new CompileError('E-KERAS-BROADCAST', `layer '${context.name}'`, message, 'Check the layers before it');
  });
}
