import type { Weight, WeightSource } from './weight-source.js';

/** Short names that other versions have for a weight. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  kernel: ['W'],
  bias: ['b'],
  depthwise_kernel: ['kernel'],
  moving_mean: ['running_mean'],
  moving_variance: ['running_std'],
};

/**
 * Weights of a file that names each, such as TensorFlow.js's `conv_1/kernel`, converted models' `conv_1/conv_1/kernel:0` or
 * Keras 1's `conv_1_W`. The weights of a network that is a layer stand under its name, with or without it once more.
 */
export function weightsByName(weights: ReadonlyMap<string, Weight>): WeightSource {
  const names = [...weights.keys()].map((name) => ({ name, plain: name.replace(/:\d+$/, '') }));
  const find = (path: readonly string[], short: string): Weight | null => {
    const [outermost, layer] = [path[0]!, path.at(-1)!];
    const whole = path.join('/');
    const tests: ((plain: string) => boolean)[] = [
      (plain) => plain === `${outermost}/${whole}/${short}` || plain === `${whole}/${short}`,
      (plain) => plain === `${whole}_${short}` || plain === `${outermost}/${layer}_${short}`,
      (plain) => plain.startsWith(`${outermost}/`) && plain.endsWith(`/${layer}/${short}`),
      (plain) => path.length === 1 && plain.startsWith(`${layer}/`) && plain.endsWith(`/${short}`),
      (plain) => path.length > 1 && plain === `${layer}/${short}`,
    ];
    for (const test of tests) {
      const found = names.find(({ plain }) => test(plain));
      if (found !== undefined) return weights.get(found.name)!;
    }
    return null;
  };
  return (path, wanted) =>
    wanted.map((name) => {
      for (const short of [name, ...(Object.hasOwn(OTHERS, name) ? OTHERS[name]! : [])]) {
        const found = find(path, short);
        if (found !== null) return found;
      }
      return null;
    });
}
