export { defineRecipe, type OwnAnswers, type OwnBuildContext, type OwnData, type OwnRecipe } from './own-recipe.js';
export { readCsv, type CsvOptions } from './read-csv.js';
