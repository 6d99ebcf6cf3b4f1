import { type Graph, type Tensor, UsageError } from '@kiln/ir';
import type { ModelWriter, WrittenFile } from '../model-writer.js';
import { type NodeDef, ofShape, ofText, ofType, shapeProto, textTensor, VERSIONS } from './graph-def.js';
import { GraphWriter, type Weight, type WeightStore } from './graph-writer.js';
import { DATA_TYPE, encodeMessage } from './proto.js';
import { writeTensorBundle } from './tensor-bundle.js';
import { type GraphPort, writeGraph } from './write-graph.js';

/** `SaverDef.V2`: checkpoints are tensor bundles. */
const SAVER_VERSION = 2;

/** The variables of a graph, by name, and the nodes that stand for them. */
class Variables {
  readonly weights = new Map<string, Weight>();
  readonly #definitions: Uint8Array[] = [];

  readonly store: WeightStore = (writer, hint, weight) => {
    const { shape } = weight;
    const dtype = ofType('float32');
    const name = writer.node('VarHandleOp', hint, [], {
      dtype,
      shape: ofShape(shape),
      shared_name: ofText(hint),
      container: ofText(''),
    });
    const read = writer.node('ReadVariableOp', `${name}/Read`, [name], { dtype });
    const sizes = writer.integers(`${name}/Initializer/shape`, shape);
    const types = { T: dtype, index_type: ofType('int32') };
    const initial = writer.node('Fill', `${name}/Initializer`, [sizes, writer.scalar(`${name}/zero`, 0)], types);
    const assign = writer.node('AssignVariableOp', `${name}/Assign`, [name, initial], { dtype });
    this.weights.set(name, weight);
    this.#definitions.push(
      encodeMessage('VariableDef', {
        variable_name: `${name}:0`,
        initializer_name: assign,
        snapshot_name: `${read}:0`,
        is_resource: true,
        initial_value_name: `${initial}:0`,
        trainable: true,
      }),
    );
    return read;
  };

  /** Both collections that TensorFlow looks for variables in. */
  collections() {
    const bytes_list = { value: this.#definitions };
    return { trainable_variables: { bytes_list }, variables: { bytes_list } };
  }
}

/**
 * A SavedModel: the graph with its weights as variables, which can be restored and trained on, and a signature
 * `serving_default`. With `tensor` one constant of the network alone, as a variable.
 *
 * It is of the first kind, without an object graph; `tf.saved_model.load` and TensorFlow Serving read both.
 * Source: tensorflow/python/saved_model/builder_impl.py, tensorflow/core/protobuf/saved_model.proto.
 */
export const savedModel: ModelWriter = {
  format: 'saved-model',
  summary: 'a SavedModel of TensorFlow, with a serving signature and variables',
  kind: 'folder',
  numbers: 'float',
  write(graph: Graph, { tensor } = {}) {
    const variables = new Variables();
    if (tensor !== undefined) {
      const weight = constantNamed(graph, tensor);
      const writer = new GraphWriter(1, variables.store);
      const read = writer.weight(weight.name, { shape: weight.shape, data: weight.data as Float32Array });
      return savedModelFiles(
        { writer, inputs: [], outputs: [{ name: read, dtype: 'float32', shape: weight.shape }] },
        variables,
      );
    }
    return savedModelFiles(writeGraph(graph, variables.store), variables);
  },
};

/** The constant of that name. Errors: UsageError with the names that there are. */
function constantNamed(graph: Graph, name: string): Tensor {
  const constants = [...graph.tensors.values()].filter(({ data, dtype }) => data !== null && dtype === 'float32');
  const found = constants.find((tensor) => tensor.name === name);
  if (found !== undefined) return found;
  const names = constants.map((tensor) => tensor.name).join(', ');
  throw new UsageError(
    'E-EXPORT-TENSOR',
    `--tensor ${name}`,
    `no constant of that name, expected one of: ${names}`,
    'Name one of them',
  );
}

function savedModelFiles(
  { writer, inputs, outputs }: { writer: GraphWriter; inputs: readonly GraphPort[]; outputs: readonly GraphPort[] },
  variables: Variables,
): WrittenFile[] {
  const saver_def = writeSaver(writer, [...variables.weights.keys()]);
  const signature = {
    inputs: tensorInfos(inputs),
    outputs: tensorInfos(outputs, 'value'),
    method_name: 'tensorflow/serving/predict',
  };
  const meta = {
    meta_info_def: { tags: ['serve'], tensorflow_version: '2.4.0' },
    graph_def: { node: writer.nodes as readonly NodeDef[], versions: VERSIONS },
    saver_def,
    collection_def: variables.collections(),
    signature_def: { serving_default: signature },
  };
  const contents = encodeMessage('SavedModel', { saved_model_schema_version: 1, meta_graphs: [meta] });
  return [{ path: 'saved_model.pb', contents }, ...writeTensorBundle('variables/variables', variables.weights)];
}

/** A port is known by its node's name; one that only reads a variable as `fallback`. */
function tensorInfos(ports: readonly GraphPort[], fallback?: string) {
  return Object.fromEntries(
    ports.map(({ name, dtype, shape }) => [
      name.endsWith('/Read') && fallback !== undefined ? fallback : name,
      { name: `${name}:0`, dtype: DATA_TYPE[dtype], tensor_shape: shapeProto(shape) },
    ]),
  );
}

/** The nodes that save all variables to a checkpoint and restore them. */
function writeSaver(writer: GraphWriter, names: readonly string[]) {
  const dtype = ofType('string');
  const text = (hint: string, texts: readonly string[]): string =>
    writer.node('Const', hint, [], { dtype, value: { tensor: textTensor(texts, [texts.length]) } });
  const fallback = writer.node('Const', 'save/model', [], { dtype, value: { tensor: textTensor(['model'], []) } });
  const filename = writer.node('PlaceholderWithDefault', 'save/filename', [fallback], { dtype, shape: ofShape([]) });
  const tensorNames = text('save/tensor_names', names);
  const slices = text(
    'save/shape_and_slices',
    names.map(() => ''),
  );
  const types = { list: { type: names.map(() => DATA_TYPE.float32) } };
  const values = names.map((name) =>
    writer.node('ReadVariableOp', `save/${name}/Read`, [name], { dtype: ofType('float32') }),
  );
  const save = writer.node('SaveV2', 'save/SaveV2', [filename, tensorNames, slices, ...values], { dtypes: types });
  const saved = writer.node('Identity', 'save/control_dependency', [filename, `^${save}`], { T: dtype });
  const restored = writer.node('RestoreV2', 'save/RestoreV2', [filename, tensorNames, slices], { dtypes: types });
  const assigned = names.map((name, i) => {
    const value = writer.node('Identity', `save/${name}/Restored`, [`${restored}:${i}`], { T: ofType('float32') });
    return writer.node('AssignVariableOp', `save/${name}/Assign`, [name, value], { dtype: ofType('float32') });
  });
  const restoreAll = writer.node(
    'NoOp',
    'save/restore_all',
    assigned.map((name) => `^${name}`),
  );
  return {
    filename_tensor_name: `${filename}:0`,
    save_tensor_name: `${saved}:0`,
    restore_op_name: restoreAll,
    max_to_keep: 5,
    version: SAVER_VERSION,
  };
}
