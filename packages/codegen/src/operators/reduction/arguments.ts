import { reducedNest } from './reduced-nest.js';
import { reductionOperator } from './reduction.js';

/** Of equal values the first; a first value that is not a number stays. */
function argument<K extends 'argMax' | 'argMin'>(op: K, sign: '>' | '<') {
  return reductionOperator<K>({
    op,
    summary: `y = the index of the ${op === 'argMax' ? 'greatest' : 'least'} value along the axis, of equal ones the first`,
    dtypes: ['float32', 'int8', 'int16', 'int32', 'uint8'],
    exactness: 'exact',
    quantizer: 'float32',
    inferShapes: (node, [x]) => [x!.shape.filter((_, d) => d !== node.attributes.axis)],
    nest: ({ node, inputs }) => reducedNest(inputs[0]!.shape, [node.attributes.axis]),
    problems: ({ outputs }) => {
      const { dtype } = outputs[0]!;
      return dtype === 'int32' || dtype === 'int64' ? [] : [`found a result of ${dtype}, expected int32 or int64`];
    },
    formula: ({ node, inputs, outputs }) => {
      let best = 0;
      const single = inputs[0]!.shape[node.attributes.axis] === 1;
      const wide = outputs[0]!.dtype === 'int64';
      return {
        start: 0,
        step: (index, value, turn) => {
          const better = turn === 0 || (sign === '>' ? value > best : value < best);
          if (better) best = value;
          return better ? turn : index;
        },
        finish: (index) => (wide ? (BigInt(index) as unknown as number) : index),
        writes: 'once',
        startLines: single
          ? []
          : ['int32_t index = 0;', `${inputs[0]!.dtype === 'float32' ? 'float best = 0.0f' : 'int32_t best = 0'};`],
        stepLines: ({ turn }) =>
          single
            ? ['(void)value;']
            : [`if (${turn} == 0 || value ${sign} best) {`, '    best = value;', `    index = ${turn};`, '}'],
        finishLines: ({ target }) => [`${target} = ${single ? '0' : 'index'};`],
      };
    },
  });
}

export const argMax = argument('argMax', '>');
export const argMin = argument('argMin', '<');
