import {
  consumersOf,
  type DType,
  DTYPE_BYTES,
  elementCount,
  formatShape,
  type Tensor,
  type TensorId,
  tensorOf,
} from '@kiln/ir';
import { SUPPORTS } from '../arithmetic/support.js';
import type { KernelFunction, Program, Step } from '../program/program.js';
import { cComment, cInt, cString, cValues } from './c-literal.js';
import { C_TYPE, cTypeOf } from './c-types.js';
import { graphTable } from './graph-table.js';
import { classifies, portNames } from './port-names.js';
import { render, type TemplateData } from './render.js';
import { selfTestModel, type SelfTest } from './self-test.js';

/** What the templates need besides the program. */
export interface EmitOptions {
  /** Version of Kiln, for the banner. */
  readonly version: string;
  /** The model's name and checksum, for the banner. */
  readonly source: string;
  readonly selfTest: SelfTest;
}

/** A parameter or argument of the interface: one of the caller's buffers. */
interface Port {
  readonly tensor: Tensor;
  readonly name: string;
}

/** Turns a program into the plain text that `model.h.hbs` and `model.c.hbs` arrange. */
export function buildCodeModel(program: Program, options: EmitOptions): TemplateData {
  const { graph, prefix } = program;
  const names = portNames(graph);
  const ports = (ids: readonly TensorId[]): Port[] =>
    ids.map((id) => ({ tensor: tensorOf(graph, id), name: names.get(id)! }));
  const [inputs, outputs] = [ports(graph.inputs), ports(graph.outputs)];
  const entry = entryStep(program);
  const usesFloat = program.steps.some(
    ({ node }) => usesFloats(program, node.inputs) || usesFloats(program, node.outputs),
  );
  return {
    prefix,
    PREFIX: prefix.toUpperCase(),
    version: options.version,
    source: cComment(options.source),
    title: cComment(`${graph.name}, ${dtypeName(program)}`),
    constantBytes: cInt(program.constantBytes),
    arenaBytes: cInt(program.plan.arenaBytes),
    lowerBoundBytes: cInt(program.plan.lowerBoundBytes),
    arenaMembers: arenaMembers(program),
    macs: cInt(program.macs),
    usesFloat,
    graph: graphTable(program),
    classes: (graph.classes ?? []).length > 0,
    classNames: cComment((graph.classes ?? []).join(', ')),
    inputs: inputs.map((port) => portModel(port)),
    outputs: outputs.map((port) => portModel(port)),
    supports: supportTexts(program),
    tables: program.steps.flatMap((step) => tableModels(step)),
    kernels: program.functions.map(kernelText),
    ...entryModels(program, inputs, outputs, entry),
    observed: observedModel(program, inputs, outputs),
    ...selfTestModel(program, options.selfTest),
  };
}

function portModel({ tensor, name }: Port) {
  const quantized = tensor.quantization !== null;
  return {
    name,
    NAME: name.toUpperCase(),
    type: C_TYPE[tensor.dtype],
    elements: cInt(elementCount(tensor.shape)),
    shape: formatShape(tensor.shape),
    quantized,
    scale: quantized ? `${Math.fround(tensor.quantization?.scale[0] ?? 1)}f` : '',
    zeroPoint: quantized ? cInt(tensor.quantization?.zeroPoint[0] ?? 0) : '',
  };
}

function dtypeName(program: Program): string {
  const types = new Set(
    program.graph.nodes.flatMap(({ outputs }) => outputs.map((id) => tensorOf(program.graph, id).dtype)),
  );
  return [...types].sort().join(' and ');
}

function usesFloats(program: Program, ids: readonly TensorId[]): boolean {
  return ids.some((id) => tensorOf(program.graph, id).dtype === 'float32' && program.places.has(id));
}

/** One member per element type that lives in the arena, so that no access needs a cast; never empty. */
function arenaMembers(program: Program): TemplateData[] {
  const { plan, graph } = program;
  const types = new Set<DType>(['int32']);
  for (const id of plan.offsets.keys()) types.add(tensorOf(graph, id).dtype);
  const bytes = Math.max(plan.arenaBytes, DTYPE_BYTES.int32);
  return [...types]
    .sort()
    .map((dtype) => ({ type: C_TYPE[dtype], name: dtype, elements: cInt(bytes / DTYPE_BYTES[dtype]) }));
}

function supportTexts(program: Program): string[] {
  const needed = new Set(program.functions.flatMap(({ lowered }) => lowered.supports));
  return Object.entries(SUPPORTS)
    .filter(([name]) => (needed as ReadonlySet<string>).has(name))
    .map(([, { template, data }]) => render(template, data));
}

function tableModels({ node, tables }: Step): TemplateData[] {
  return tables.map(({ symbol, values, comment }) => ({
    symbol,
    type: cTypeOf(values),
    elements: cInt(values.length),
    comment: `${cComment(node.name)}: ${comment}`,
    values: cValues(values),
  }));
}

function kernelText({ symbol, kernel, lowered, nodes }: KernelFunction): string {
  return render(kernel.template, { ...lowered.data, name: symbol, nodes: nodes.map(cComment).join(', ') });
}

/** The step that turns the caller's values into quantized ones, if there is one and nobody else reads the caller's. */
function entryStep({ graph, steps }: Program): Step | null {
  const [first] = steps;
  const [input] = graph.inputs;
  if (first === undefined || input === undefined || graph.inputs.length !== 1 || steps.length < 2) return null;
  const converts = first.node.op === 'standardize' || first.node.op === 'quantize';
  const alone = consumersOf(graph, input).length === 1 && first.node.inputs[0] === input;
  return converts && alone && !graph.outputs.includes(first.node.outputs[0]!) ? first : null;
}

/** The functions of the interface: `run`, and where they make sense `run_quantized` or `run_standardized`, and `classify`. */
function entryModels(
  program: Program,
  inputs: readonly Port[],
  outputs: readonly Port[],
  entry: Step | null,
): TemplateData {
  const ported = [...inputs, ...outputs];
  const behind = entry === null ? null : tensorOf(program.graph, entry.node.outputs[0]!);
  const innerName = behind?.dtype === 'float32' ? 'standardized' : 'quantized';
  const inner = behind === null ? [] : [{ tensor: behind, name: innerName }];
  return {
    runParameters: [...inputs.map(constParameter), ...outputs.map(parameter)].join(', '),
    runArguments: ported.map(({ name }) => name).join(', '),
    hasEntry: entry !== null,
    innerName,
    innerParameters: [...inner.map(constParameter), ...outputs.map(parameter)].join(', '),
    innerArguments: [...inner, ...outputs].map(({ name }) => name).join(', '),
    innerInput: inner.map(portModel),
    entryCall: entry === null ? '' : callText(program, entry, ported),
    entryResult: entry === null ? '' : placeText(program, entry.node.outputs[0]!, ported),
    outputArguments: outputs.map(({ name }) => name).join(', '),
    calls: program.steps.filter((step) => step !== entry).map((step) => callText(program, step, [...inner, ...ported])),
    classifies: classifies(program.graph),
    classifyParameters: inputs.map(constParameter).join(', '),
    classifyArguments: inputs.map(({ name }) => name).join(', '),
    noArena: program.plan.offsets.size === 0,
  };
}

/** Every call with its result, for the observer. */
function observedModel(program: Program, inputs: readonly Port[], outputs: readonly Port[]): TemplateData {
  const ported = [...inputs, ...outputs];
  return {
    inputs: inputs.map(({ name, tensor }, i) => ({ name, type: C_TYPE[tensor.dtype], index: cInt(i) })),
    outputs: outputs.map(({ name, tensor }, i) => ({
      name,
      type: C_TYPE[tensor.dtype],
      index: cInt(i),
      bytes: cInt(byteCount(tensor)),
    })),
    steps: program.steps.map((step, index) => ({
      call: callText(program, step, ported),
      index: cInt(index),
      result: placeText(program, step.node.outputs[0]!, ported),
      bytes: cInt(byteCount(tensorOf(program.graph, step.node.outputs[0]!))),
    })),
    calls: cInt(program.steps.length),
  };
}

export function byteCount(tensor: Tensor): number {
  return elementCount(tensor.shape) * DTYPE_BYTES[tensor.dtype];
}

function parameter({ tensor, name }: Port): string {
  return `${C_TYPE[tensor.dtype]} ${name}[${elementCount(tensor.shape)}]`;
}

function constParameter(port: Port): string {
  return `const ${parameter(port)}`;
}

function callText(program: Program, step: Step, names: readonly Port[]): string {
  const activations = step.node.inputs
    .filter((id) => program.places.has(id))
    .map((id) => placeText(program, id, names));
  const result = placeText(program, step.node.outputs[0]!, names);
  const words = [...activations, ...step.tables.map(({ symbol }) => symbol), result];
  return `${step.function.symbol}(${words.join(', ')}); /* ${cComment(step.node.name)} */`;
}

/** Where a tensor is, as an expression: the caller's buffer by its name, or an element of the arena. */
function placeText(program: Program, id: TensorId, names: readonly Port[]): string {
  const tensor = tensorOf(program.graph, id);
  const named = names.find((port) => port.tensor.id === id);
  if (named !== undefined) return named.name;
  const place = program.places.get(id);
  if (place?.kind === 'arena') return `&arena->${tensor.dtype}[${place.offset / DTYPE_BYTES[tensor.dtype]}]`;
  // A view of a caller's buffer: the name belongs to the tensor at the interface.
  const ids = place?.kind === 'input' ? program.graph.inputs : program.graph.outputs;
  return names.find((port) => port.tensor.id === ids[place?.index ?? 0])?.name ?? cString(tensor.name);
}
