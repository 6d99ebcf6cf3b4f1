import type * as tensorflow from '@tensorflow/tfjs';
import { CompileError, ShapeError, throwAll, type KilnError } from '@kiln/ir';
import type { Recipe } from './recipes/recipe.js';

/** Checks that a recipe built a network for its data. Errors: E-RECIPE-NETWORK, E-RECIPE-INPUT, E-RECIPE-OUTPUT, all at once. */
export function checkNetwork(
  { name, inputShape, task }: Recipe,
  { inputs, outputs }: tensorflow.LayersModel,
  expected: number,
): void {
  const where = `recipe ${name}`;
  if (inputs.length !== 1 || outputs.length !== 1) {
    const message = `its network has ${inputs.length} inputs and ${outputs.length} outputs, expected one of each`;
    throw new CompileError('E-RECIPE-NETWORK', where, message, 'Train networks with one input and one output');
  }
  const errors: KilnError[] = [];
  const [taken, given] = [inputs[0]!.shape.slice(1), outputs[0]!.shape.slice(1)];
  if (taken.length !== inputShape.length || taken.some((size, axis) => size !== inputShape[axis])) {
    const message = `its network takes [${taken.join(', ')}], the data are [${inputShape.join(', ')}]`;
    errors.push(new ShapeError('E-RECIPE-INPUT', where, message, 'Give the first layer the inputShape of the data'));
  }
  if (given.reduce<number>((product, size) => product * (size ?? 1), 1) !== expected) {
    const answers = task.kind === 'classification' ? 'classes' : 'numbers';
    const message = `its network answers [${given.join(', ')}], the data have ${expected} ${answers}`;
    errors.push(new ShapeError('E-RECIPE-OUTPUT', where, message, `Give the last layer ${expected} units`));
  }
  throwAll(errors);
}
