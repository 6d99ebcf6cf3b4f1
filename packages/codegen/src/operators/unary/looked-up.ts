import type { OpName } from '@kiln/ir';
import { interpolate, lookupTable16, lookupTable8 } from '../../arithmetic/lookup-table.js';
import type { Formula } from '../pointwise/pointwise.js';
import type { Site } from '../site.js';
import { scaleOf, zeroPointOf } from '../weighted.js';

/** A function of reals on int8 by a table of all results, on int16 by 513 samples and the lines between them. */
export function lookedUp(site: Site<OpName>, transform: (value: number) => number): Formula {
  const [x, y] = [site.inputs[0]!, site.outputs[0]!];
  if (x.dtype === 'int16') return interpolated(lookupTable16(scaleOf(x), scaleOf(y), transform));
  const of = (tensor: typeof x) => ({ scale: scaleOf(tensor), zeroPoint: zeroPointOf(tensor) });
  return tabulated(lookupTable8(of(x), of(y), transform));
}

/** The results of all int8, from -128 on. */
export function tabulated(results: Int8Array): Formula {
  return {
    evaluate: (value) => results[value + 128]!,
    result: 'results[value + 128]',
    tables: [{ role: 'results', values: results, comment: 'for -128 to 127' }],
  };
}

function interpolated(samples: Int16Array): Formula {
  return {
    evaluate: (value) => interpolate(samples, value),
    lines: [
      'const int32_t place = value + 32768;',
      'const int32_t base = samples[place >> 7];',
      'const int32_t slope = (int16_t)(samples[(place >> 7) + 1] - base);',
    ],
    result: '(int16_t)(base + ((slope * (place & 127) + 64) >> 7))',
    tables: [{ role: 'samples', values: samples, comment: 'for -32768, -32640, ..., 32768' }],
  };
}
