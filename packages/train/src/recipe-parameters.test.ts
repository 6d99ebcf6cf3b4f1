import { expect, test } from 'vitest';
import { parametersOf } from './recipe-parameters.js';
import { digitsAutoencoder } from './recipes/digits-autoencoder.js';
import { digitsLinear } from './recipes/digits-linear.js';
import { digitsPca } from './recipes/digits-pca.js';

test('what is not set has its default', () => {
  expect(parametersOf(digitsAutoencoder, {})).toEqual({ bottleneck: 2 });
  expect(parametersOf(digitsAutoencoder, { bottleneck: 16 })).toEqual({ bottleneck: 16 });
  expect(parametersOf(digitsPca, { components: 0.5 })).toEqual({ components: 0.5 });
  expect(parametersOf(digitsLinear, {})).toEqual({});
});

test('values out of bounds and unknown names are a wrong command line that says what there is', () => {
  const error = (code: string, text: RegExp) =>
    expect.objectContaining({ code, exitCode: 2, message: expect.stringMatching(text) as string }) as Error;
  const wrong = 'E-RECIPE-PARAMETER';
  expect(() => parametersOf(digitsAutoencoder, { bottleneck: 0 })).toThrow(error(wrong, /found 0.*from 1 to 64/));
  expect(() => parametersOf(digitsPca, { components: 1.5 })).toThrow(error(wrong, /1\.5.*share/));
  expect(() => parametersOf(digitsLinear, { width: 3 })).toThrow(error(wrong, /it has none/));
});
