import {
  type DType,
  type Graph,
  GraphEditor,
  KilnError,
  KilnErrors,
  DataError,
  type TensorId,
  throwAll,
  UnsupportedError,
} from '@kiln/ir';
import { basename } from 'node:path';
import { foldScales } from '../fold-scales.js';
import { absorbTransposes } from './absorb-transposes.js';
import { checkFile } from './check-file.js';
import { expandQuantized } from './expand-quantized.js';
import type { FileModel } from './file-model.js';
import { GraphBuilder, type Value } from './graph-builder.js';
import { NodeContext } from './node-context.js';
import { foldIntegers } from './operators/constants.js';
import { NODE_READERS } from './operators/index.js';
import { decodeModel, type ModelProto } from './proto.js';
import { recogniseGelu } from './recognise-gelu.js';
import { recogniseScaler } from './recognise-scaler.js';
import { Targets } from './targets.js';

/**
 * Whether the bytes are an ONNX model: the format has no identifier, but files begin with its version, which is at least 3, and
 * the producer's name or the graph.
 */
export function isOnnx(bytes: Uint8Array): boolean {
  const [tag, version = 0, next = 0] = bytes;
  const fields = [2, 3, 4, 6, 7, 8].map((field) => field * 8 + 2);
  return tag === 0x08 && version >= 3 && version < 0x80 && (fields.includes(next) || next === 0x28);
}

/**
 * Reads an ONNX model. Inputs and outputs stay in the file's order (channels first, where it has images); between them channels
 * stand last. Values that the file rounds to 8 bits and back (QuantizeLinear, DequantizeLinear) become int8. Nothing in the
 * file is trusted, and all that is wrong with it is reported together. `onNote` is told of inputs whose batch is open.
 *
 * Errors: `E-ONNX-...`. Source: ONNX operators, version 7 to 28.
 */
export function readOnnx(bytes: Uint8Array, where: string, onNote: (line: string) => void = () => undefined): Graph {
  const problems: KilnError[] = [];
  const name = basename(where);
  const proto = parse(bytes, where);
  const model = checkFile(proto, name, problems);
  throwAll(problems);
  for (const { note } of model.inputs) if (note !== null) onNote(`${name}: ${note}`);
  const plain = recogniseGelu({ ...model, nodes: model.nodes.flatMap(expandQuantized) });
  const graph = new Reader(plain, name).read();
  return absorbTransposes(foldScales(recogniseScaler(graph)));
}

function parse(bytes: Uint8Array, where: string): ModelProto {
  try {
    return decodeModel(bytes);
  } catch (error) {
    const message = `is damaged: ${error instanceof Error ? error.message : String(error)}`;
    throw new DataError('E-ONNX-DAMAGED', where, message, 'Export or copy the model again', { cause: error });
  }
}

class Reader {
  readonly #builder: GraphBuilder;
  readonly #values = new Map<string, Value>();
  readonly #targets: Targets;
  /** Names whose values could not be computed: what follows from them is no news. */
  readonly #guessed = new Set<string>();

  constructor(
    private readonly model: FileModel,
    private readonly where: string,
  ) {
    this.#builder = new GraphBuilder(where.replace(/\.onnx$/, ''));
    this.#targets = new Targets(model);
  }

  read(): Graph {
    const builder = this.#builder;
    const inputs = this.model.inputs.map(({ name, shape, dtype }) => {
      const id = builder.flowing(name, { shape, dtype, quantization: null }, `${this.where}, input '${name}'`);
      this.#values.set(name, { shape, layout: 'plain', id, real: false });
      return id;
    });
    for (const [name, { shape, dtype, data }] of this.model.constants)
      this.#values.set(name, builder.constant(name, shape, dtype, data));
    throwAll(this.model.nodes.flatMap((node) => this.#readNode(node)));
    const outputs = this.model.outputs.map(({ name, dtype }) => this.#output(name, dtype));
    return withoutUnread(builder.editor.finish({ inputs, outputs }));
  }

  /** In the file's order and type, under the file's name. */
  #output(name: string, dtype: DType): TensorId {
    const builder = this.#builder;
    const value = builder.plain(builder.float(this.#values.get(name)!));
    const { dtype: own, quantization, data, ...tensor } = builder.tensor(value.id);
    if (dtype === 'uint8' && own === 'int8' && quantization !== null) {
      const raw = { ...quantization, zeroPoint: quantization.zeroPoint.map((point) => point + 128) };
      return builder.quantized({ ...value, real: true }, 'uint8', raw).id;
    }
    if (data === null && !this.model.inputs.some((input) => input.name === tensor.name))
      builder.editor.replaceTensor(value.id, { name });
    return value.id;
  }

  /** Adds the nodes of one of the file's; what is wrong with it comes back, so that the others are looked at too. */
  #readNode(node: FileModel['nodes'][number]): readonly KilnError[] {
    const target = this.#targets.of(node.outputs[0] ?? '');
    const context = new NodeContext(this.#builder, node, this.model.opset, this.#values, this.where, target);
    try {
      const read = Object.hasOwn(NODE_READERS, node.op) ? NODE_READERS[node.op] : undefined;
      if (read === undefined) {
        const known = Object.keys(NODE_READERS).sort().join(', ');
        throw new UnsupportedError(
          'E-ONNX-OPERATOR',
          context.where,
          `has no form in Kiln, expected one of ${known}`,
          'Use another layer',
        );
      }
      if (node.inputs.some((name) => this.#guessed.has(name))) throw new KilnErrors([]);
      const results = [foldIntegers(context) ?? read(context)].flat();
      node.outputs.forEach((name, i) => {
        if (name === '') return;
        if (results[i] !== undefined) this.#values.set(name, results[i]);
        else this.#guessed.add(name);
      });
      return this.#unreadable(context);
    } catch (error) {
      if (!(error instanceof KilnError)) throw error;
      for (const name of node.outputs) this.#guessed.add(name);
      return error instanceof KilnErrors ? error.errors : [error];
    }
  }

  /** Results that the reader does not have, such as a mask of Dropout, may be there if nobody reads them. */
  #unreadable(context: NodeContext): readonly KilnError[] {
    const missing = context.node.outputs.slice(1).filter((name) => this.#guessed.has(name) && this.#isRead(name));
    return missing.map((name) =>
      context.unsupported('E-ONNX-OPTION', `computes '${name}', which is read, expected its first result alone`),
    );
  }

  #isRead(name: string): boolean {
    return (
      this.model.outputs.some((port) => port.name === name) ||
      this.model.nodes.some(({ inputs }) => inputs.includes(name))
    );
  }
}

/** Constants that were only looked at, such as shapes and scales, are none of the network's. */
function withoutUnread(graph: Graph): Graph {
  const read = new Set([...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.inputs, ...graph.outputs]);
  const editor = new GraphEditor(graph);
  for (const { id, data } of graph.tensors.values()) if (data !== null && !read.has(id)) editor.removeTensor(id);
  return editor.finish();
}
