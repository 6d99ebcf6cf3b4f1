import { CompileError, elementCount, type KilnError } from '@kiln/ir';
import { checkTensor, MOST_ACTIVATION_BYTES, MOST_INPUT_BYTES } from './check-tensor.js';
import type { FileModel, FileOperator, FileSignature, FileSubgraph, FileTensor } from './file-model.js';
import { BUILTIN_OPERATORS } from './schema/enums.js';
import type { Table } from './schema/read-table.js';

const REMEDY = 'Convert the model again';

/**
 * Holds everything that a file says against itself: indices, shapes, sizes, types, scales, the order of operators. What is
 * wrong goes to `problems`, all of it; the answer is only sound if nothing was added there.
 */
export function checkFile(model: Table<'Model'>, where: string, problems: KilnError[]): FileModel {
  const complain = (code: `E-${string}`, what: string, message: string): void => {
    problems.push(new CompileError(code, `${where}, ${what}`, message, REMEDY));
  };
  if (model.version !== 3) complain('E-TFLITE-VERSION', 'model', `has schema version ${model.version}, expected 3`);
  if (model.subgraphs.length === 0) complain('E-TFLITE-EMPTY', 'model', 'has no subgraph, expected at least one');
  const subgraphs = model.subgraphs.map((subgraph, index) => checkSubgraph(model, subgraph, index, where, problems));
  return { subgraphs, signatures: checkSignatures(model, subgraphs, complain) };
}

function checkSubgraph(
  model: Table<'Model'>,
  subgraph: Table<'SubGraph'>,
  index: number,
  where: string,
  problems: KilnError[],
): FileSubgraph {
  const prefix = model.subgraphs.length > 1 ? `${where}, subgraph ${index}` : where;
  const complain = (code: `E-${string}`, what: string, message: string): void => {
    problems.push(new CompileError(code, `${prefix}, ${what}`, message, REMEDY));
  };
  let activationBytes = 0;
  const surroundings = { model, written: new Set(subgraph.operators.flatMap(({ outputs }) => outputs)), where: prefix };
  const broken = new Set<number>();
  const tensors = subgraph.tensors.map((tensor, i): FileTensor => {
    const before = problems.length;
    const checked = checkTensor(surroundings, tensor, i, problems);
    if (problems.length > before) broken.add(i);
    if (checked.data === null) activationBytes += elementCount(checked.shape) * 4;
    return checked;
  });
  if (activationBytes > MOST_ACTIVATION_BYTES) {
    complain('E-TFLITE-SIZE', 'tensors', `take ${activationBytes} bytes, expected at most ${MOST_ACTIVATION_BYTES}`);
  }
  const inputBytes = subgraph.inputs.reduce((sum, id) => sum + elementCount(tensors[id]?.shape ?? [0]) * 4, 0);
  if (inputBytes > MOST_INPUT_BYTES)
    complain('E-TFLITE-SIZE', 'inputs', `take ${inputBytes} bytes, expected at most ${MOST_INPUT_BYTES}`);
  const exists = (id: number): boolean => id >= 0 && id < tensors.length;
  for (const [what, ids] of [
    ['inputs', subgraph.inputs],
    ['outputs', subgraph.outputs],
  ] as const) {
    for (const id of ids) {
      if (!exists(id))
        complain('E-TFLITE-INDEX', what, `name tensor ${id}, expected one of 0 to ${tensors.length - 1}`);
    }
  }
  if (index === 0 && subgraph.outputs.length === 0)
    complain('E-TFLITE-OUTPUTS', 'model', 'has no output, expected one');
  const operators = subgraph.operators.map((operator, i) => checkOperator(model, operator, i, complain, exists));
  checkOrder(operators, tensors, subgraph.inputs, broken, complain);
  return { index, name: subgraph.name, tensors, inputs: subgraph.inputs, outputs: subgraph.outputs, operators };
}

function checkOperator(
  model: Table<'Model'>,
  operator: Table<'Operator'>,
  index: number,
  complain: (code: `E-${string}`, what: string, message: string) => void,
  exists: (id: number) => boolean,
): FileOperator {
  const code = model.operatorCodes[operator.opcodeIndex];
  if (code === undefined) {
    const message = `has the operator code ${operator.opcodeIndex}, expected one of 0 to ${model.operatorCodes.length - 1}`;
    complain('E-TFLITE-INDEX', `operator ${index}`, message);
  }
  // Before version 3a of the schema the code was a byte; the greater of the two is meant.
  const number = Math.max(code?.builtinCode ?? 0, code?.deprecatedBuiltinCode ?? 0);
  const custom = BUILTIN_OPERATORS[number] === 'CUSTOM';
  const builtin = custom ? (code?.customCode ?? '') : (BUILTIN_OPERATORS[number] ?? `operator code ${number}`);
  const what = `operator ${index} ${builtin}`;
  for (const id of operator.inputs) {
    if (id !== -1 && !exists(id)) complain('E-TFLITE-INDEX', what, `reads tensor ${id}, which does not exist`);
  }
  for (const id of operator.outputs) {
    if (!exists(id)) complain('E-TFLITE-INDEX', what, `writes tensor ${id}, which does not exist`);
  }
  const { inputs, outputs, builtinOptions: options, customOptions } = operator;
  return { index, builtin, custom, inputs, outputs, options, customOptions };
}

/** Each tensor is written once, before it is read: that also rules out cycles. Tensors that are known as broken are not blamed again. */
function checkOrder(
  operators: readonly FileOperator[],
  tensors: readonly FileTensor[],
  inputs: readonly number[],
  broken: ReadonlySet<number>,
  complain: (code: `E-${string}`, what: string, message: string) => void,
): void {
  const known = new Set([...inputs, ...broken]);
  for (const { index, data, isVariable } of tensors) if (data !== null || isVariable) known.add(index);
  const written = new Set(inputs);
  for (const operator of operators) {
    const what = `operator ${operator.index} ${operator.builtin}`;
    const nameOf = (id: number): string => `'${tensors[id]?.name ?? ''}' (tensor ${id})`;
    for (const id of operator.inputs) {
      if (id >= 0 && id < tensors.length && !known.has(id)) {
        complain('E-TFLITE-ORDER', what, `reads ${nameOf(id)} before anything writes it, expected operators in order`);
        known.add(id);
      }
    }
    for (const id of operator.outputs) {
      if (written.has(id) || tensors[id]?.data) complain('E-TFLITE-WRITES', what, `writes ${nameOf(id)} a second time`);
      written.add(id);
      known.add(id);
    }
  }
}

function checkSignatures(
  model: Table<'Model'>,
  subgraphs: readonly FileSubgraph[],
  complain: (code: `E-${string}`, what: string, message: string) => void,
): FileSignature[] {
  return model.signatureDefs.flatMap(({ subgraphIndex, signatureKey, inputs, outputs }) => {
    const subgraph = subgraphs[subgraphIndex];
    if (subgraph === undefined) {
      complain(
        'E-TFLITE-INDEX',
        `signature '${signatureKey}'`,
        `names subgraph ${subgraphIndex}, which does not exist`,
      );
      return [];
    }
    const names = (maps: readonly Table<'TensorMap'>[]): Map<number, string> =>
      new Map(maps.map(({ name, tensorIndex }) => [tensorIndex, name]));
    return [{ subgraph: subgraphIndex, inputs: names(inputs), outputs: names(outputs) }];
  });
}
