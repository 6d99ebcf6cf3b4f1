import {
  CompileError,
  type Graph,
  KilnErrors,
  operandProblems,
  resultProblems,
  type TensorId,
  type TensorType,
} from '@kiln/ir';
import type { FileOperator, FileSubgraph, FileTensor } from '../file-model.js';
import { calledSubgraphs, type FileState, variableKeys } from '../file-states.js';
import type { OperatorContext, OperatorReaders } from '../operator-context.js';

/** The index, if there is such a subgraph. */
function existing(context: OperatorContext, index: number): number {
  const { subgraphs } = context.memory;
  if (subgraphs[index] !== undefined) return index;
  const message = `names subgraph ${index}, expected one of 0 to ${subgraphs.length - 1}`;
  throw new CompileError('E-TFLITE-SUBGRAPH', context.where, message, 'Convert the model again');
}

/** The states that the operator's graphs use: they come as operands behind the file's own. */
function statesOf(context: OperatorContext): { readonly given: FileState[]; readonly written: FileState[] } {
  const { states, written } = context.memory.file.useOfAll(calledSubgraphs(context.operator));
  return { given: [...states], written: states.filter(({ key }) => written.has(key)) };
}

/** What the states are now. */
function valuesOf(context: OperatorContext, states: readonly FileState[]): TensorId[] {
  return states.map(({ key }) => context.memory.valueOf(key)!);
}

/** Tensors for what the states become. */
function become(context: OperatorContext, states: readonly FileState[]): TensorId[] {
  return states.map(({ key, name, type }) => {
    const id = context.add(`/${name}`, type);
    context.memory.become(key, id);
    return id;
  });
}

/** Holds the types of the file's operands and results against the graphs'. Throws all differences together. */
function checkTypes(context: OperatorContext, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const errors = problems.map(
    (problem) => new CompileError('E-TFLITE-SUBGRAPH', context.where, problem, 'Convert the model again'),
  );
  throw new KilnErrors(errors);
}

function typesOf(context: OperatorContext, tensors: readonly FileTensor[], states: readonly FileState[]): TensorType[] {
  const own = tensors.map((tensor) => ({ ...tensor, dtype: context.dtypeOf(tensor) }));
  return [...own, ...states.map(({ type }) => type)];
}

function operandsOf(context: OperatorContext, first: number): FileTensor[] {
  return Array.from({ length: Math.max(0, context.inputCount - first) }, (_, i) => context.tensor(first + i));
}

function resultsOf(context: OperatorContext): FileTensor[] {
  return Array.from({ length: context.outputCount }, (_, i) => context.result(i));
}

function readIf(context: OperatorContext): void {
  const { thenSubgraphIndex, elseSubgraphIndex } = context.options('IfOptions');
  const indices = [existing(context, thenSubgraphIndex), existing(context, elseSubgraphIndex)];
  const { given, written } = statesOf(context);
  const [then, otherwise] = indices.map((index) => context.memory.read(index, given, written)) as [Graph, Graph];
  const operands = typesOf(context, operandsOf(context, 1), given);
  const results = typesOf(context, resultsOf(context), written);
  checkTypes(
    context,
    [then, otherwise].flatMap((graph) => [...operandProblems(operands, graph), ...resultProblems(results, graph)]),
  );
  const inputs = [...context.allInputs(), ...valuesOf(context, given)];
  const outputs = [...resultsOf(context).map((_, i) => context.output(i)), ...become(context, written)];
  context.emit('if', { then, else: otherwise }, inputs, outputs);
}

function readWhile(context: OperatorContext): void {
  const { condSubgraphIndex, bodySubgraphIndex } = context.options('WhileOptions');
  const [test, turn] = [existing(context, condSubgraphIndex), existing(context, bodySubgraphIndex)];
  const { given } = statesOf(context);
  const condition = context.memory.read(test, given, []);
  const body = context.memory.read(turn, given, given);
  const operands = typesOf(context, operandsOf(context, 0), given);
  const flag = { shape: [1], dtype: 'bool', quantization: null } as const;
  const flagShape = condition.tensors.get(condition.outputs[0] ?? (-1 as TensorId))?.shape.every((size) => size === 1);
  checkTypes(context, [
    ...operandProblems(operands, condition),
    ...(flagShape === true && condition.outputs.length === 1 ? [] : resultProblems([flag], condition)),
    ...operandProblems(operands, body),
    ...resultProblems(typesOf(context, resultsOf(context), given), body),
  ]);
  const inputs = [...context.allInputs(), ...valuesOf(context, given)];
  const outputs = [...resultsOf(context).map((_, i) => context.output(i)), ...become(context, given)];
  context.emit('while', { condition, body }, inputs, outputs);
}

/**
 * What a subgraph that runs once assigns is what the variables start with. It may assign constants, and nothing else, and must
 * come before anything else has touched them.
 */
function readCallOnce(context: OperatorContext): void {
  const { memory } = context;
  if (memory.subgraph.index !== 0)
    throw context.unsupported('E-TFLITE-CALL-ONCE', 'stands in a branch or loop, expected it in the main graph');
  const init = memory.subgraphs[existing(context, context.options('CallOnceOptions').initSubgraphIndex)]!;
  for (const operator of init.operators.filter(({ builtin }) => builtin !== 'VAR_HANDLE')) {
    const { key, value } = initialAssignment(context, init, operator);
    if (memory.isTouched(key))
      throw context.unsupported('E-TFLITE-CALL-ONCE', `assigns '${key}' after it was used, expected it before`);
    const type = memory.stateOf(key)?.type;
    if (type === undefined) continue;
    if (type.dtype !== value.dtype || type.shape.join() !== value.shape.join())
      throw variableError(context, `starts '${key}' as ${typeText(value)}, expected ${typeText(type)}`);
    memory.start(key, value.data!);
  }
}

function initialAssignment(
  context: OperatorContext,
  init: FileSubgraph,
  { index, builtin, inputs }: FileOperator,
): { readonly key: string; readonly value: FileTensor } {
  const key = variableKeys(init).get(inputs[0] ?? -1);
  const value = init.tensors[inputs[1] ?? -1];
  if (builtin === 'ASSIGN_VARIABLE' && key !== undefined && value !== undefined && value.data !== null)
    return { key, value };
  const what = `runs operator ${index} ${builtin} of subgraph ${init.index} once`;
  throw context.unsupported('E-TFLITE-CALL-ONCE', `${what}, expected assignments of constants to variables`);
}

function typeText({ dtype, shape }: Pick<FileTensor, 'dtype' | 'shape'>): string {
  return `${dtype}[${shape.join(', ')}]`;
}

function variableError(context: OperatorContext, message: string): CompileError {
  return new CompileError('E-TFLITE-VARIABLE', context.where, message, 'Convert the model again');
}

/** The variable behind the handle at input 0, which holds values of the same type as `tensor`. */
function variableOf(context: OperatorContext, tensor: FileTensor): string {
  const handle = context.tensor(0);
  const key = context.memory.variableKey(handle.index);
  if (key === null) throw variableError(context, `uses '${handle.name}', expected what VAR_HANDLE made in this graph`);
  context.dtypeOf(tensor);
  const type = context.memory.stateOf(key)!.type;
  if (type.dtype !== tensor.dtype || type.shape.join() !== tensor.shape.join())
    throw variableError(context, `has ${typeText(tensor)} for '${key}', expected ${typeText(type)} as elsewhere`);
  return key;
}

/** Branches, loops, and variables. */
export const controlFlowReaders: OperatorReaders = {
  IF: readIf,
  WHILE: readWhile,
  CALL_ONCE: readCallOnce,
  VAR_HANDLE: () => undefined,
  READ_VARIABLE: (context) => context.outputIs(0, context.memory.valueOf(variableOf(context, context.result()))!),
  ASSIGN_VARIABLE: (context) => context.memory.become(variableOf(context, context.tensor(1)), context.input(1)),
};
