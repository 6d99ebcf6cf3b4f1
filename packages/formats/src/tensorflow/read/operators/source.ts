import { equalShapes } from '@kiln/ir';
import { dtypeOf, shapeProblem, tensorValues, typeName } from '../tensor-values.js';
import { constant, type Value } from '../value.js';
import { NOT_LEARNING } from '../learning-phase.js';
import type { NodeContext } from '../node-context.js';
import type { NodeReader, NodeReaders } from './node-reader.js';

const same: NodeReader = (context) => [context.value(0)];

const readConst: NodeReader = (context) => {
  const tensor = context.attribute('value')?.tensor;
  if (tensor === undefined) throw context.wrong('E-GRAPHDEF-CONST', 'holds no value');
  const { dtype, shape, values } = tensor;
  if (typeName(dtype) === 'string') return [{ kind: 'texts', texts: values.map(String) }];
  const type = dtypeOf(dtype);
  if (type === null) throw context.unsupported('E-GRAPHDEF-CONST-TYPE', `holds values of ${typeName(dtype)}`);
  const problem = shapeProblem(shape);
  if (problem !== null) throw context.wrong('E-GRAPHDEF-SHAPE', problem);
  context.spend(shape);
  const data = tensorValues(tensor);
  if (data !== null) return [constant(context.name, type, shape, data)];
  throw context.wrong('E-GRAPHDEF-CONST-BYTES', `holds another number of values than [${shape.join(', ')}] says`);
};

/** The variable that a node of the main graph stands for. */
function variableOf(context: NodeContext, name: string): readonly Value[] {
  const found = context.construction.variable(name);
  if (found === null)
    throw context.wrong('E-GRAPHDEF-VARIABLE', `reads the variable '${name}', which the model has no value for`);
  const asked = context.attribute('shape')?.shape ?? null;
  if (asked !== null && asked.every((size) => size >= 0) && !equalShapes(asked, found.shape)) {
    const message = `expects a variable of [${asked.join(', ')}], the checkpoint has [${found.shape.join(', ')}]`;
    throw context.wrong('E-GRAPHDEF-VARIABLE-SHAPE', message);
  }
  return [constant(name, found.dtype, found.shape, found.data)];
}

const readPlaceholder: NodeReader = (context) => {
  if (
    context.attribute('dtype')?.type !== undefined &&
    context.dtype('dtype', 'float32') === 'bool' &&
    /learning_phase/.test(context.name)
  )
    return [NOT_LEARNING];
  throw context.wrong('E-GRAPHDEF-PLACEHOLDER', 'is an input that the signature does not name');
};

/** Constants, variables, and what hands on what it reads. */
export const sourceReaders: NodeReaders = {
  Const: readConst,
  Placeholder: readPlaceholder,
  PlaceholderWithDefault: same,
  VarHandleOp: ({ name }) => [{ kind: 'resource', variable: name }],
  ReadVariableOp: (context) => {
    const value = context.value(0);
    if (value.kind === 'resource') return variableOf(context, value.variable);
    throw context.wrong('E-GRAPHDEF-RESOURCE', `reads ${value.kind}, expected a variable`);
  },
  VariableV2: (context) => variableOf(context, context.name),
  Variable: (context) => variableOf(context, context.name),
  Identity: same,
  IdentityN: ({ values }) => values,
  StopGradient: same,
  PreventGradient: same,
  CheckNumerics: same,
  Snapshot: same,
  EnsureShape: same,
  NoOp: () => [],
};
