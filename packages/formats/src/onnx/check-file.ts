import { CompileError, elementCount, type KilnError, type Shape, UnsupportedError } from '@kiln/ir';
import type { FileConstant, FileModel, FileNode, FilePort } from './file-model.js';
import { asNumber, type ModelProto, type NodeProto, type TensorProto, type ValueInfoProto } from './proto.js';
import { decodeValues, dtypeOfType, isWidened, READABLE_TYPES, typeName } from './tensor-values.js';

const REMEDY = 'Export the model again';
const MOST_DIMENSIONS = 8;
/** More than any microcontroller holds: a mistake or an attack. */
export const MOST_ELEMENTS = 2 ** 25;
const MOST_INPUT_ELEMENTS = 2 ** 22;

/** The first version without a `broadcast` attribute, and the newest that there is. */
const OPSETS = [7, 28] as const;
const OWN_DOMAINS = ['', 'ai.onnx'];

type Complain = (code: `E-${string}`, what: string, message: string) => void;

/**
 * Holds everything that a file says against itself: versions, shapes, types, values, the order of nodes. What is wrong goes to
 * `problems`, all of it; the answer is only sound if nothing was added there.
 */
export function checkFile(model: ModelProto, where: string, problems: KilnError[]): FileModel {
  const complain: Complain = (code, what, message) =>
    problems.push(new CompileError(code, `${where}, ${what}`, message, REMEDY));
  const opset = checkOpset(model, complain);
  const graph = model.graph ?? { name: '', node: [], initializer: [], input: [], output: [] };
  if (graph.output.length === 0) complain('E-ONNX-EMPTY', 'graph', 'has no output, expected at least one');
  if ((graph.sparse_initializer ?? []).length > 0)
    complain('E-ONNX-SPARSE', 'graph', 'has sparse constants, expected dense ones');
  const constants = new Map<string, FileConstant>();
  for (const tensor of graph.initializer) {
    const name = tensor.name ?? '';
    if (constants.has(name)) complain('E-ONNX-TWICE', `constant '${name}'`, 'is there a second time');
    const constant = checkConstant(tensor, `constant '${name}'`, where, problems);
    constants.set(name, constant ?? { shape: [0], dtype: 'float32', data: new Float32Array(0) });
  }
  // Before version 4 of the format, constants are listed among the inputs as their defaults.
  const ports = graph.input.filter(({ name }) => !constants.has(name));
  const inputs = ports.map((port) => checkInput(port, complain));
  const elements = inputs.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (elements > MOST_INPUT_ELEMENTS)
    complain('E-ONNX-SIZE', 'inputs', `have ${elements} elements, expected at most ${MOST_INPUT_ELEMENTS}`);
  const nodes = graph.node.map(nodeOf);
  const written = checkOrder(nodes, [...inputs.map(({ name }) => name), ...constants.keys()], complain);
  const outputs = graph.output.map((port) => {
    if (!written.has(port.name)) complain('E-ONNX-OUTPUT', `output '${port.name}'`, 'is computed by no node');
    const dtype = dtypeOfType(port.type?.tensor_type?.elem_type ?? 0) ?? 'float32';
    return { name: port.name, shape: [], note: null, dtype };
  });
  return { opset, inputs, outputs, constants, nodes };
}

function checkOpset(model: ModelProto, complain: Complain): number {
  const own = model.opset_import.find(({ domain }) => OWN_DOMAINS.includes(domain));
  const version = own === undefined ? 0 : asNumber(own.version);
  const [least, most] = OPSETS;
  if (version < least || version > most)
    complain('E-ONNX-OPSET', 'model', `has opset ${version}, expected ${least} to ${most}`);
  return version;
}

function nodeOf(node: NodeProto): FileNode {
  const op = OWN_DOMAINS.includes(node.domain ?? '') ? node.op_type : `${node.domain}.${node.op_type}`;
  const attributes = new Map(node.attribute.map((attribute) => [attribute.name, attribute]));
  return { name: node.name || node.output[0] || op, op, inputs: node.input, outputs: node.output, attributes };
}

/** The shape of a constant or an input; null if it is none. */
function checkShape(dims: readonly number[], what: string, complain: Complain): Shape | null {
  const text = `[${dims.join(', ')}]`;
  if (dims.length > MOST_DIMENSIONS || !dims.every((size) => Number.isInteger(size) && size >= 0)) {
    complain('E-ONNX-SHAPE', what, `has the shape ${text}, expected at most ${MOST_DIMENSIONS} sizes of 0 or more`);
    return null;
  }
  if (elementCount(dims) <= MOST_ELEMENTS) return dims;
  complain('E-ONNX-SHAPE', what, `has the shape ${text}, expected at most ${MOST_ELEMENTS} elements`);
  return null;
}

/** Shape, type and values of a constant; null and a problem if something is wrong. `what` names it. */
export function checkConstant(
  tensor: TensorProto,
  what: string,
  where: string,
  problems: KilnError[],
): FileConstant | null {
  const complain: Complain = (code, thing, message) =>
    problems.push(new CompileError(code, `${where}, ${thing}`, message, REMEDY));
  if (tensor.data_location === 1 || (tensor.external_data ?? []).length > 0) {
    const message = 'keeps its values in another file, expected them inside';
    const remedy = 'Save the model as one file: onnx.save(model, path, save_as_external_data=False)';
    problems.push(new UnsupportedError('E-ONNX-EXTERNAL', `${where}, ${what}`, message, remedy));
    return null;
  }
  const shape = checkShape((tensor.dims ?? []).map(asNumber), what, complain);
  const dtype = dtypeOfType(tensor.data_type ?? 0);
  if (dtype === null) {
    const message = `has values of type ${typeName(tensor.data_type ?? 0)}, expected ${READABLE_TYPES.join(', ')}`;
    problems.push(new UnsupportedError('E-ONNX-TYPE', `${where}, ${what}`, message, 'Export the model in float32'));
  }
  if (shape === null || dtype === null) return null;
  const data = decodeValues(tensor, shape);
  if (typeof data !== 'string') return { shape, dtype, data };
  complain('E-ONNX-VALUES', what, data);
  return null;
}

/** A batch that the file leaves open is taken as 1; other open sizes are problems. */
function checkInput({ name, type }: ValueInfoProto, complain: Complain): FilePort {
  const what = `input '${name}'`;
  const tensor = type?.tensor_type ?? null;
  const number = tensor?.elem_type ?? 0;
  const dtype = dtypeOfType(number);
  if (dtype === null || isWidened(number)) {
    const expected = READABLE_TYPES.filter((_, i) => i !== 1).join(', ');
    complain('E-ONNX-TYPE', what, `is of type ${typeName(number)}, expected one of ${expected}`);
  }
  const dims = tensor?.shape?.dim ?? null;
  if (dims === null) complain('E-ONNX-SHAPE', what, 'has no shape, expected fixed sizes');
  const given = (dims ?? []).map((dim) => {
    const size = dim.value === 'dim_value' ? asNumber(dim.dim_value!) : 0;
    return size === 0 ? null : size;
  });
  const text = `[${given.map((size, i) => size ?? ((dims![i]!.dim_param ?? '') || '?')).join(', ')}]`;
  if (given.slice(1).includes(null))
    complain('E-ONNX-OPEN-SHAPE', what, `has the open shape ${text}, expected fixed sizes but for the batch`);
  const shape = checkShape(
    given.map((size) => size ?? 1),
    what,
    complain,
  );
  const note = given[0] === null ? `${what} has the open shape ${text}: its batch is taken as 1` : null;
  return { name, shape: shape ?? [1], note, dtype: dtype ?? 'float32' };
}

/** Each name is written once, before it is read: that also rules out cycles. Answers with all that are written. */
function checkOrder(nodes: readonly FileNode[], given: readonly string[], complain: Complain): ReadonlySet<string> {
  const known = new Set(given);
  const written = new Set(given);
  for (const { op, name, inputs, outputs } of nodes) {
    const what = `node '${name}' (${op})`;
    for (const input of inputs) {
      if (input === '' || known.has(input)) continue;
      complain('E-ONNX-ORDER', what, `reads '${input}' before anything writes it, expected nodes in order`);
      known.add(input);
    }
    for (const output of outputs) {
      if (output === '') continue;
      if (written.has(output)) complain('E-ONNX-TWICE', what, `writes '${output}' a second time`);
      written.add(output);
      known.add(output);
    }
  }
  return written;
}
