import type { Evaluate } from '../operator.js';
import type { Site } from '../site.js';
import { forEachWindow, windowGeometry } from '../window.js';

/** The greatest value of each window, whatever the dtype: the first tap, then each later one that is greater. */
export function reference({ node, inputs }: Site<'maxPool2d'>): Evaluate {
  const { shape } = inputs[0]!;
  const channels = shape[3]!;
  const geometry = windowGeometry(shape, node.attributes.window, node.attributes);
  return ([input], [output]) => {
    forEachWindow(geometry, channels, (position, taps, count) => {
      for (let k = 0; k < channels; k++) {
        let greatest = input![taps[0]! + k]!;
        for (let t = 1; t < count; t++) {
          const value = input![taps[2 * t]! + k]!;
          if (value > greatest) greatest = value;
        }
        output![position * channels + k] = greatest;
      }
    });
  };
}
