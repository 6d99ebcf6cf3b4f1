import { describeModel } from '@kiln/codegen';
import { throwAll } from '@kiln/ir';
import { type BackendChoice, type Dataset, findRecipe } from '@kiln/train';
import { compileModel } from '../compile-model.js';
import { interruptible } from '../interrupts.js';
import { loadModel } from '../model-folder.js';
import { autoencoderPictures } from '../pictures/code-pictures.js';
import { modelPictures } from '../pictures/model-pictures.js';
import type { Picture } from '../pictures/picture.js';
import { trainOn } from '../train-recipe.js';
import type { Terminal } from '../ui/terminal.js';
import {
  accuracyOf,
  rootMeanSquareError,
  verificationInputs,
  verifyCompilation,
} from '../verify/verify-compilation.js';
import { resultErrors } from '../verify/verify-result.js';
import type { WalkNetwork } from './networks.js';

export interface WalkOptions {
  readonly backend: BackendChoice;
  readonly epochs?: number | undefined;
  readonly seed: number;
  /** Folder for the trained model. */
  readonly folder: string;
}

/** What a network of the walk came to, on the test set. */
export interface WalkFigures {
  readonly network: string;
  readonly recipe: string;
  readonly parameters: number;
  readonly macs: number;
  /** Shares 0 .. 1, or null for a network that does not name classes. */
  readonly accuracy: { readonly float32: number; readonly int8: number } | null;
  /** Root mean square error of one pixel, 0 .. 1, or null for a network that does. */
  readonly error: { readonly float32: number; readonly int8: number } | null;
  readonly constantBytes: number;
  readonly arenaBytes: number;
}

const RANDOM_INPUTS = 20;

/** Trains a network, proves its int8 C on this machine, and draws what there is to see of it. */
export async function walkNetwork(
  terminal: Terminal,
  { name, recipe, parameters }: WalkNetwork,
  data: Dataset,
  { folder, seed, ...options }: WalkOptions,
): Promise<{ readonly figures: WalkFigures; readonly pictures: readonly Picture[] }> {
  const { record } = await interruptible((signal) =>
    trainOn(terminal, findRecipe(recipe), data, {
      ...options,
      parameters,
      seed,
      keep: 'last',
      outFolder: folder,
      signal,
      title: `Train ${name}`,
    }),
  );
  const model = loadModel(terminal, folder);
  const compilation = await compileModel(terminal, model, { name, precision: 'int8' });
  const inputs = verificationInputs(compilation, model.evaluation, RANDOM_INPUTS, seed);
  const verification = await interruptible((signal) =>
    verifyCompilation(terminal, compilation, inputs, ['host'], 'int8', signal),
  );
  const proof = { precision: 'int8', verification, agreement: null, accuracy: () => null, error: null } as const;
  throwAll(resultErrors({ ...proof, matrix: [], mutations: [] }));
  const { accuracy, loss } = record.final.test;
  const figures: WalkFigures = {
    network: name,
    recipe,
    parameters: describeModel(model.graph).parameters,
    macs: compilation.project.macs,
    accuracy:
      accuracy === null
        ? null
        : { float32: accuracy, int8: accuracyOf(verification.classes, model.evaluation) ?? Number.NaN },
    error:
      accuracy !== null
        ? null
        : {
            float32: Math.sqrt(loss),
            int8: rootMeanSquareError(compilation, verification, model.evaluation) ?? Number.NaN,
          },
    constantBytes: compilation.project.constantBytes,
    arenaBytes: compilation.project.arenaBytes,
  };
  return {
    figures,
    pictures: [
      ...modelPictures(model, compilation, data.classes, verification.classes),
      ...autoencoderPictures(model, data.test.labels),
    ],
  };
}
