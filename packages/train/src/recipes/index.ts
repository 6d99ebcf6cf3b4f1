import { UsageError } from '@kiln/ir';
import { digitsAutoencoder } from './digits-autoencoder.js';
import { digitsBest } from './digits-best.js';
import { digitsCnn } from './digits-cnn.js';
import { digitsLinear } from './digits-linear.js';
import { digitsPca } from './digits-pca.js';
import { digitsTiny } from './digits-tiny.js';
import type { Recipe } from './recipe.js';

/** Every recipe, in the order in which they are listed to people; the first is the default. */
export const RECIPES: readonly [Recipe, ...Recipe[]] = [
  digitsCnn,
  digitsBest,
  digitsTiny,
  digitsLinear,
  digitsPca,
  digitsAutoencoder,
];

/** The recipe of that name. Errors: UsageError with the names that there are. */
export function findRecipe(name: string): Recipe {
  const recipe = RECIPES.find((candidate) => candidate.name === name);
  if (recipe !== undefined) return recipe;
  const names = RECIPES.map((candidate) => candidate.name).join(', ');
  throw new UsageError(
    'E-RECIPE-UNKNOWN',
    name,
    `no recipe of that name, expected one of: ${names}`,
    'Name one of them',
  );
}
