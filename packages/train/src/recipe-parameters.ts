import { throwAll, UsageError } from '@kiln/ir';
import type { Recipe } from './recipes/recipe.js';

/**
 * A value for each of a recipe's parameters: what the user set, else the default.
 *
 * Errors: UsageError for names that the recipe does not have and values that it does not take, all of them at once.
 */
export function parametersOf(recipe: Recipe, set: Readonly<Record<string, number>>): Record<string, number> {
  const known = recipe.parameters.map(({ name }) => name);
  const unknown = Object.keys(set)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const expected = known.length === 0 ? 'it has none' : `expected one of: ${known.join(', ')}`;
      return parameterError(recipe, name, `recipe ${recipe.name} has no parameter of that name, ${expected}`);
    });
  const wrong = recipe.parameters.flatMap(({ name, problem }) => {
    const found = set[name] === undefined ? null : problem(set[name]);
    return found === null ? [] : [parameterError(recipe, name, `found ${set[name]}, ${found}`)];
  });
  throwAll([...unknown, ...wrong]);
  return Object.fromEntries(
    recipe.parameters.map((parameter) => [parameter.name, set[parameter.name] ?? parameter.default]),
  );
}

function parameterError({ parameters }: Recipe, name: string, message: string): UsageError {
  const listed = parameters.map((parameter) => `${parameter.name} (${parameter.summary})`).join('; ');
  return new UsageError(
    'E-RECIPE-PARAMETER',
    `--set ${name}`,
    message,
    listed === '' ? 'Leave it out' : `Set ${listed}`,
  );
}

/** What is wrong with a value that has to be a whole number within bounds, or null. */
export function wholeNumber(least: number, most: number): (value: number) => string | null {
  return (value) =>
    Number.isInteger(value) && value >= least && value <= most
      ? null
      : `expected a whole number from ${least} to ${most}`;
}
