import { consumersOf, DTYPE_BYTES, elementCount, formatShape, type Tensor, type TensorId, tensorOf } from '@kiln/ir';
import { byteCount } from '../program/byte-count.js';
import type { Program, Step } from '../program/program.js';
import { storageOf } from '../program/storage.js';
import { CNames } from './c-identifier.js';
import { cComment, cFloat, cInt, cValues } from './c-literal.js';
import { C_TYPE } from './c-types.js';
import { callText, placeText, type Port, unreadInputs } from './call-text.js';
import { flashSpace } from './flash-space.js';
import { graphTable } from './graph-table.js';
import { arenaMembers, kernelText, partTexts, supportTexts, tableModels } from './kernel-text.js';
import { classifies, portNames } from './port-names.js';
import type { TemplateData, TemplateValue } from './render.js';
import { selfTestModel, type SelfTest } from './self-test.js';

/** What the templates need besides the program. */
export interface EmitOptions {
  /** Version of Kiln, for the banner. */
  readonly version: string;
  /** The model's name and checksum, for the banner. */
  readonly source: string;
  readonly selfTest: SelfTest;
}

/** Turns a program into the plain text that `model.h.hbs` and `model.c.hbs` arrange. */
export function buildCodeModel(program: Program, options: EmitOptions): TemplateData {
  const { graph, prefix } = program;
  const names = portNames(graph);
  const ports = (ids: readonly TensorId[]): Port[] =>
    ids.map((id) => ({ tensor: tensorOf(graph, id), name: names.get(id)! }));
  const [inputs, outputs] = [ports(graph.inputs), ports(graph.outputs)];
  const states = statePorts(program);
  const entry = entryStep(program);
  const kernels = program.functions.map((each) => kernelText(each, prefix));
  const supports = [...supportTexts(program), ...partTexts(program)];
  const [tables, stateMembers] = [tableModels(program), stateModels(program, states)];
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
    usesFloat: [...supports, ...kernels].some((text) => /\bfloat\b/.test(text)),
    usesMathMacros: [...kernels, ...[...tables, ...stateMembers].map(({ values }) => values)].some(namesMacro),
    copiesMemory: supports.some((text) => /\bmemcpy\b/.test(text)),
    stateParameter: states.length > 0 ? `, ${prefix}_state *state` : '',
    andState: states.length > 0 ? ' and state' : '',
    stateArgument: states.length > 0 ? ', state' : '',
    graph: graphTable(program),
    classes: (graph.classes ?? []).length > 0,
    classNames: cComment((graph.classes ?? []).join(', ')),
    inputs: inputs.map((port) => portModel(port)),
    outputs: outputs.map((port) => portModel(port)),
    ...flashSpace(program),
    supports,
    tables,
    kernels,
    ...placeModels(program, inputs, outputs),
    ...entryModels(program, inputs, outputs, states, entry),
    states: stateMembers,
    hasStates: states.length > 0,
    observed: observedModel(program, inputs, outputs, states),
    ...selfTestModel(program, options.selfTest),
  };
}

/** Whether the text needs the macros of `<math.h>` for what is no finite number. */
function namesMacro(text: TemplateValue | undefined): boolean {
  return typeof text === 'string' && /\b(?:INFINITY|NAN)\b/.test(text);
}

/** The places of inputs and outputs in the arena, if it has some, and what `run` is given there. */
function placeModels(program: Program, inputs: readonly Port[], outputs: readonly Port[]): TemplateData {
  const hasPlaces = program.io === 'arena';
  const models = (ports: readonly Port[]) =>
    (hasPlaces ? ports : []).map(({ tensor, name }) => ({
      name,
      type: C_TYPE[tensor.dtype],
      elements: cInt(elementCount(tensor.shape)),
      place: arenaPlace(program, tensor),
      staticPlace: arenaPlace(program, tensor).replace('arena->', 'static_arena.'),
    }));
  const [ins, outs] = [models(inputs), models(outputs)];
  return {
    hasPlaces,
    inputPlaces: ins,
    portPlaces: [...ins, ...outs],
    placeArguments: [...ins, ...outs].map(({ place }) => place).join(', '),
  };
}

function arenaPlace({ plan }: Program, { id, dtype }: Tensor): string {
  return `&arena->${dtype}[${plan.offsets.get(id)! / DTYPE_BYTES[dtype]}]`;
}

/** A buffer of the caller's, as the header tells it. */
export function portModel({ tensor, name }: Port) {
  const quantized = tensor.quantization !== null;
  return {
    name,
    NAME: name.toUpperCase(),
    type: C_TYPE[tensor.dtype],
    elements: cInt(elementCount(tensor.shape)),
    shape: formatShape(tensor.shape),
    quantized,
    scale: quantized ? cFloat(Math.fround(tensor.quantization?.scale[0] ?? 1)) : '',
    zeroPoint: quantized ? cInt(tensor.quantization?.zeroPoint[0] ?? 0) : '',
  };
}

function dtypeName(program: Program): string {
  const types = new Set(
    program.graph.nodes.flatMap(({ outputs }) => outputs.map((id) => tensorOf(program.graph, id).dtype)),
  );
  return [...types].sort().join(' and ');
}

/** The members of the caller's state, as the code inside calls them. */
function statePorts({ graph }: Program): Port[] {
  const names = new CNames();
  return graph.states.map(({ name, before }) => ({
    tensor: tensorOf(graph, before),
    name: `state->${names.unique(name, 'memory')}`,
  }));
}

/** The members of the state, and what a reset puts there: zeros in a loop, anything else from a table. */
function stateModels({ graph }: Program, states: readonly Port[]): TemplateData[] {
  return graph.states.map(({ initial }, i) => {
    const { tensor, name } = states[i]!;
    const first = initial[0] ?? 0;
    const uniform = initial.every((value: number | bigint) => value === first);
    return {
      name: name.slice('state->'.length),
      type: C_TYPE[tensor.dtype],
      elements: cInt(elementCount(tensor.shape)),
      shape: formatShape(tensor.shape),
      uniform,
      first: cValues(initial.slice(0, 1), 0).trim().replace(',', ''),
      values: uniform ? '' : cValues(initial),
    };
  });
}

/** The step that turns the caller's values into quantized ones, if there is one and nobody else reads the caller's. */
export function entryStep({ graph, steps }: Program): Step | null {
  const [first] = steps;
  const [input] = graph.inputs;
  if (first === undefined || input === undefined || graph.inputs.length !== 1 || steps.length < 2) return null;
  const converts = first.node.op === 'standardize' || first.node.op === 'quantize';
  const alone = consumersOf(graph, input).length === 1 && first.node.inputs[0] === input;
  return converts && alone && !graph.outputs.includes(first.node.outputs[0]!) ? first : null;
}

/** What the entry step makes of the caller's input; callers may bring it themselves. None where there is no such step. */
export function innerPorts({ graph }: Program, entry: Step | null): Port[] {
  if (entry === null) return [];
  const tensor = tensorOf(graph, entry.node.outputs[0]!);
  return [{ tensor, name: tensor.dtype === 'float32' ? 'standardized' : 'quantized' }];
}

/** The names of what views of a caller's buffer see, for those that are not in the interface themselves. */
function viewsOf({ graph }: Program, ports: readonly Port[]): Port[] {
  const storage = storageOf(graph);
  return [...graph.tensors.values()].flatMap((tensor) => {
    const { root, offsetBytes } = storage.get(tensor.id)!;
    const port = ports.find((candidate) => candidate.tensor.id === root && root !== tensor.id);
    if (port === undefined) return [];
    const name = offsetBytes === 0 ? port.name : `&${port.name}[${offsetBytes / DTYPE_BYTES[tensor.dtype]}]`;
    return [{ tensor, name }];
  });
}

/** The functions of the interface: `run`, and where they make sense `run_quantized` or `run_standardized`, and `classify`. */
function entryModels(
  program: Program,
  inputs: readonly Port[],
  outputs: readonly Port[],
  states: readonly Port[],
  entry: Step | null,
): TemplateData {
  const ported = [...inputs, ...outputs, ...states];
  const buffers = [...inputs, ...outputs];
  const inner = innerPorts(program, entry);
  const calls = program.steps
    .filter((step) => step !== entry)
    .map((step) => callText(program, step, [...inner, ...viewsOf(program, inner), ...ported]));
  return {
    runParameters: [...inputs.map(constParameter), ...outputs.map(parameter)].join(', '),
    runArguments: buffers.map(({ name }) => name).join(', '),
    hasEntry: entry !== null,
    innerName: inner[0]?.name ?? '',
    innerParameters: [...inner.map(constParameter), ...outputs.map(parameter)].join(', '),
    innerArguments: [...inner, ...outputs].map(({ name }) => name).join(', '),
    innerInput: inner.map(portModel),
    entryCall: entry === null ? '' : callText(program, entry, ported),
    entryResult: entry === null ? '' : placeText(program, entry.node.outputs[0]!, ported),
    outputArguments: outputs.map(({ name }) => name).join(', '),
    calls,
    callsNoArena: calls.every((text) => !/\barena(?:->|\))/.test(text.slice(0, text.indexOf('/*')))),
    classifies: classifies(program.graph),
    classifyParameters: inputs.map(constParameter).join(', '),
    classifyArguments: inputs.map(({ name }) => name).join(', '),
    noArena: program.plan.blocks.length === 0,
    unread: unreadInputs(program, inputs.length).map((i) => inputs[i]!.name),
  };
}

/** Every call with its results, for the observer. */
function observedModel(
  program: Program,
  inputs: readonly Port[],
  outputs: readonly Port[],
  states: readonly Port[],
): TemplateData {
  const ported = [...inputs, ...outputs, ...states];
  let index = 0;
  const steps = program.steps.map((step) => ({
    call: callText(program, step, ported),
    results: step.node.outputs.map((id) => ({
      index: cInt(index++),
      place: placeText(program, id, ported),
      bytes: cInt(byteCount(tensorOf(program.graph, id))),
    })),
  }));
  return {
    inputs: inputs.map(({ name, tensor }, i) => ({ name, type: C_TYPE[tensor.dtype], index: cInt(i) })),
    outputs: outputs.map(({ name, tensor }, i) => ({
      name,
      type: C_TYPE[tensor.dtype],
      index: cInt(index + i),
      place: cInt(i),
      arenaPlace: program.io === 'arena' ? arenaPlace(program, tensor) : '',
      bytes: cInt(byteCount(tensor)),
    })),
    steps,
    classIndex: cInt(index + outputs.length),
  };
}

function parameter({ tensor, name }: Port): string {
  return `${C_TYPE[tensor.dtype]} ${name}[${elementCount(tensor.shape)}]`;
}

function constParameter(port: Port): string {
  return `const ${parameter(port)}`;
}
