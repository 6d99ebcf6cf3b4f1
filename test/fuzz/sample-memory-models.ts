import {
  bytesOf,
  type ModelPlan,
  type OperatorPlan,
  type SubgraphPlan,
  type TensorPlan,
} from '../../packages/formats/src/testing/write-tflite.js';

const float32 = (name: string, shape: readonly number[], values?: readonly number[]): TensorPlan => ({
  name,
  shape,
  type: 'FLOAT32',
  bytes: values === undefined ? undefined : bytesOf(Float32Array.from(values)),
});
const int32 = (name: string, value?: number): TensorPlan => ({
  name,
  shape: [1],
  type: 'INT32',
  bytes: value === undefined ? undefined : bytesOf(Int32Array.of(value)),
});
const flag = (name: string): TensorPlan => ({ name, shape: [1], type: 'BOOL' });
const handle = (name: string): TensorPlan => ({ name, shape: [1], type: 'RESOURCE' });
const variable = (plan: TensorPlan): TensorPlan => ({ ...plan, fields: { isVariable: true } });

/** A graph of one operator of two operands. */
function pair(op: string, shape: readonly number[], options: string): SubgraphPlan {
  return {
    tensors: [float32('a', shape), float32('b', shape), float32('y', shape)],
    operators: [{ op, inputs: [0, 1], outputs: [2], options: [options, {}] }],
    inputs: [0, 1],
    outputs: [2],
  };
}

export const branch: ModelPlan = {
  tensors: [flag('condition'), float32('a', [1, 3]), float32('b', [1, 3]), float32('y', [1, 3])],
  operators: [
    {
      op: 'IF',
      inputs: [0, 1, 2],
      outputs: [3],
      options: ['IfOptions', { thenSubgraphIndex: 1, elseSubgraphIndex: 2 }],
    },
  ],
  inputs: [0, 1, 2],
  outputs: [3],
  subgraphs: [pair('ADD', [1, 3], 'AddOptions'), pair('MUL', [1, 3], 'MulOptions')],
};

/** Counts to 4 and doubles a value at every turn. */
export const loop: ModelPlan = {
  tensors: [int32('n'), float32('x', [2]), int32('last'), float32('y', [2])],
  operators: [
    {
      op: 'WHILE',
      inputs: [0, 1],
      outputs: [2, 3],
      options: ['WhileOptions', { condSubgraphIndex: 1, bodySubgraphIndex: 2 }],
    },
  ],
  inputs: [0, 1],
  outputs: [2, 3],
  subgraphs: [
    {
      tensors: [int32('n'), float32('x', [2]), int32('limit', 4), flag('goes on')],
      operators: [{ op: 'LESS', inputs: [0, 2], outputs: [3] }],
      inputs: [0, 1],
      outputs: [3],
    },
    {
      tensors: [int32('n'), float32('x', [2]), int32('one', 1), int32('more'), float32('twice', [2])],
      operators: [
        { op: 'ADD', inputs: [0, 2], outputs: [3], options: ['AddOptions', {}] },
        { op: 'ADD', inputs: [1, 1], outputs: [4], options: ['AddOptions', {}] },
      ],
      inputs: [0, 1],
      outputs: [3, 4],
    },
  ],
};

const named: OperatorPlan['options'] = ['VarHandleOptions', { container: '', sharedName: 'sum' }];

/** Adds its input to a variable that starts with constants. */
export const variables: ModelPlan = {
  tensors: [float32('x', [3]), handle('sum'), float32('before', [3]), float32('after', [3])],
  operators: [
    { op: 'CALL_ONCE', inputs: [], outputs: [], options: ['CallOnceOptions', { initSubgraphIndex: 1 }] },
    { op: 'VAR_HANDLE', inputs: [], outputs: [1], options: named },
    { op: 'READ_VARIABLE', inputs: [1], outputs: [2] },
    { op: 'ADD', inputs: [0, 2], outputs: [3], options: ['AddOptions', {}] },
    { op: 'ASSIGN_VARIABLE', inputs: [1, 3], outputs: [] },
  ],
  inputs: [0],
  outputs: [3],
  subgraphs: [
    {
      tensors: [handle('sum'), float32('start', [3], [1, 2, 3])],
      operators: [
        { op: 'VAR_HANDLE', inputs: [], outputs: [0], options: named },
        { op: 'ASSIGN_VARIABLE', inputs: [0, 1], outputs: [] },
      ],
      inputs: [],
      outputs: [],
    },
  ],
};

const filter: ModelPlan = {
  tensors: [
    float32('x', [1, 2]),
    float32('feature', [2, 2], [1, 2, 3, 4]),
    float32('time', [2, 3], [1, 0, -1, 2, 0.5, 3]),
    float32('bias', [2], [0.5, -0.5]),
    variable(float32('state', [1, 6])),
    float32('y', [1, 2]),
  ],
  operators: [{ op: 'SVDF', inputs: [0, 1, 2, 3, 4], outputs: [5], options: ['SVDFOptions', { rank: 1 }] }],
  inputs: [0],
  outputs: [5],
};

const buffer: ModelPlan = {
  tensors: [
    { name: 'x', shape: [1, 1, 1, 2], type: 'INT8', scale: [0.5], zeroPoint: [3] },
    variable({ name: 'y', shape: [1, 4, 1, 2], type: 'INT8', scale: [0.5], zeroPoint: [3] }),
  ],
  operators: [
    {
      op: 'CIRCULAR_BUFFER',
      inputs: [0],
      outputs: [1],
      // The FlexBuffers map { cycles_max: 1 }.
      customOptions: Uint8Array.from(Buffer.from('6379636c65735f6d617800010c0101010104022401', 'hex')),
    },
  ],
  inputs: [0],
  outputs: [1],
};

/** 2 units on 2 features. */
const recurrent: ModelPlan = {
  tensors: [
    float32('x', [1, 3, 2]),
    ...Array.from({ length: 8 }, (_, i) => float32(`w${i}`, [2, 2], [0.1 * i, -0.2, 0.3, 0.4 - 0.1 * i])),
    ...Array.from({ length: 4 }, (_, i) => float32(`b${i}`, [2], [0.1 * i, -0.1])),
    variable(float32('hidden', [1, 2])),
    variable(float32('cell', [1, 2])),
    float32('y', [1, 3, 2]),
  ],
  operators: [
    {
      op: 'UNIDIRECTIONAL_SEQUENCE_LSTM',
      inputs: [0, 1, 2, 3, 4, 5, 6, 7, 8, -1, -1, -1, 9, 10, 11, 12, -1, -1, 13, 14, -1, -1, -1, -1],
      outputs: [15],
      options: ['UnidirectionalSequenceLSTMOptions', { fusedActivationFunction: 4, cellClip: 2 }],
    },
  ],
  inputs: [0],
  outputs: [15],
};

/** Models that remember, branch or loop. */
export const MEMORY_MODELS: readonly ModelPlan[] = [branch, loop, variables, filter, buffer, recurrent];
