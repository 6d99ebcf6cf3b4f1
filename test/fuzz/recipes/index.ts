import { convolutionRecipes } from './convolution.js';
import { elementwiseRecipes } from './elementwise.js';
import { movementRecipes } from './movement.js';
import { reductionRecipes } from './reduction.js';
import type { Recipe } from './recipe.js';

/** Every kind of node there is, but for those with memory and with subgraphs. Each family is as likely as the others. */
export const RECIPES: readonly (readonly Recipe[])[] = [
  convolutionRecipes,
  reductionRecipes,
  elementwiseRecipes,
  movementRecipes,
];
