import { elementCount, type TensorId } from '@kiln/ir';
import { countKey, periodOf } from '../file-states.js';
import type { OperatorContext, OperatorReaders } from '../operator-context.js';
import { ACTIVATION_FUNCTIONS } from '../schema/enums.js';

/** The value of the operator's own memory at input i, and a tensor for what it becomes. */
function ownState(context: OperatorContext, i: number): { readonly before: TensorId; readonly after: TensorId } {
  const tensor = context.tensor(i);
  if (!tensor.isVariable)
    throw context.unsupported(
      'E-TFLITE-STATE',
      `keeps its state in '${tensor.name}', expected a variable tensor there`,
    );
  context.dtypeOf(tensor);
  return changed(context, context.memory.ownKey(tensor.index));
}

function changed(context: OperatorContext, key: string): { readonly before: TensorId; readonly after: TensorId } {
  const before = context.memory.valueOf(key)!;
  const { name, type } = context.memory.stateOf(key)!;
  const after = context.add(`/${name}`, type);
  context.memory.become(key, after);
  return { before, after };
}

function readSvdf(context: OperatorContext): void {
  const { rank, fusedActivationFunction } = context.options('SVDFOptions');
  context.positive('rank', rank);
  const activation = context.activation(fusedActivationFunction);
  const x = context.tensor(0);
  const units = context.result().shape.at(-1) ?? 0;
  const bias = context.has(3) ? context.input(3) : context.bias(3, units, x, context.tensor(1));
  const weights = [context.weights(1, x), context.weights(2, x)];
  const { before, after } = ownState(context, 4);
  context.emit('svdf', { rank, activation }, [context.input(0), ...weights, bias, before], [context.output(), after]);
}

/** Inputs that variants of the cell have, by their places. */
const VARIANTS = { peepholes: [9, 10, 11], 'a projection': [16, 17], 'layer normalization': [20, 21, 22, 23] };

function readLstm(context: OperatorContext): void {
  const options = context.options('UnidirectionalSequenceLSTMOptions');
  const variant = Object.entries(VARIANTS).find(([, places]) => places.some((i) => context.has(i)))?.[0];
  if (variant !== undefined) throw context.unsupported('E-TFLITE-LSTM', `has ${variant}, expected the plain cell`);
  if (!context.has(1)) throw context.unsupported('E-TFLITE-LSTM', 'lacks its input gate, expected all four gates');
  if (options.diagonalRecurrentTensors)
    throw context.unsupported('E-TFLITE-LSTM', 'has diagonal recurrent weights, expected matrices');
  const activation = ACTIVATION_FUNCTIONS[options.fusedActivationFunction] ?? String(options.fusedActivationFunction);
  if (activation !== 'TANH')
    throw context.unsupported('E-TFLITE-ACTIVATION', `has the activation ${activation}, expected TANH`);
  const x = context.tensor(0);
  const constants = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => context.weights(i, x));
  const biases = [12, 13, 14, 15].map((i) => context.input(i));
  if (context.tensor(18).index === context.tensor(19).index) {
    const { name } = context.tensor(18);
    throw context.unsupported('E-TFLITE-STATE', `keeps both of its states in '${name}', expected a tensor for each`);
  }
  const [hidden, cell] = [ownState(context, 18), ownState(context, 19)];
  context.emit(
    'unidirectionalSequenceLstm',
    { timeMajor: options.timeMajor, cellClip: options.cellClip },
    [context.input(0), ...constants, ...biases, hidden.before, cell.before],
    [context.output(), hidden.after, cell.after],
  );
}

/**
 * With a period above 1 TensorFlow Lite Micro ends the inference here in all but every period-th run, unless there is a second
 * output that says whether this is such a run: the first cannot be had in a C function that always gives results.
 */
function readCircularBuffer(context: OperatorContext): void {
  const result = context.result();
  context.dtypeOf(result);
  const period = periodOf(context.memory.subgraph, context.operator);
  if (context.outputCount === 1 && period !== 1) {
    const message = `ends the inference in all but one of ${period} runs, expected cycles_max of 1, or a second output`;
    throw context.unsupported('E-TFLITE-CYCLES', message);
  }
  const { before, after } = changed(context, context.memory.ownKey(result.index));
  context.emit('circularBuffer', {}, [context.input(0), before], [after]);
  context.outputIs(0, after);
  if (context.outputCount > 1) countRuns(context, countKey(context.memory.subgraph, result.index), period);
}

/** The second output: whether as many runs as the period have gone by; the count then begins again. */
function countRuns(context: OperatorContext, key: string, period: number): void {
  const count = { shape: [1], dtype: 'int32' } as const;
  const flag = context.result(1);
  if (flag.dtype !== 'bool' || elementCount(flag.shape) !== 1)
    throw context.unsupported('E-TFLITE-TYPE', `writes '${flag.name}' of type ${flag.type}, expected one BOOL`);
  const number = (suffix: string, value: number): TensorId =>
    context.add(suffix, { ...count, data: Int32Array.of(value) });
  const { before, after } = changed(context, key);
  const left = context.add('/left', count);
  const full = context.add('/full', { shape: [1], dtype: 'bool' });
  const activation = 'none';
  context.emit('sub', { activation }, [before, number('/one', 1)], [left], '/count');
  context.emit('lessEqual', {}, [left, number('/zero', 0)], [full], '/full');
  context.emit('select', {}, [full, number('/period', period), left], [after], '/again');
  context.emit('reshape', { shape: flag.shape }, [full], [context.output(1)], '/valid');
}

/** Operators with a memory of their own. */
export const memoryReaders: OperatorReaders = {
  SVDF: readSvdf,
  UNIDIRECTIONAL_SEQUENCE_LSTM: readLstm,
};

/** Those that the schema does not know. */
export const customMemoryReaders: OperatorReaders = { CIRCULAR_BUFFER: readCircularBuffer };
