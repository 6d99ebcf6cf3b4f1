import {
  CompileError,
  type DType,
  type Graph,
  GraphEditor,
  KilnError,
  KilnErrors,
  type Shape,
  type TensorId,
  throwAll,
  UnsupportedError,
} from '@kiln/ir';
import { z } from 'zod';
import { foldScales } from '../fold-scales.js';
import { checkSize, LayerContext } from './layer-context.js';
import { LAYERS, supportedLayers } from './layers/index.js';
import { inputShapeOf, type KerasLayer, type KerasNetwork, type TensorRef } from './network.js';
import type { WeightSource } from './weight-source.js';

export interface KerasModel {
  readonly network: KerasNetwork;
  readonly weights: WeightSource;
  /** Names of the classes, where they are known. */
  readonly classes: readonly string[] | null;
  /** The file, for messages. */
  readonly where: string;
}

/** What stands before the network: changes its only input, which is still a float, and answers with what it reads. */
export type Preamble = (
  editor: GraphEditor,
  network: TensorId,
) => { readonly input: TensorId; readonly network: TensorId };

/** Layers that read integers as they come, if those are the network's input. */
const TAKE_INTEGERS = new Set(['Normalization', 'Rescaling']);

const INPUT_DTYPES: readonly DType[] = ['float32', 'uint8', 'int32'];

/**
 * A Keras network as a float graph with a batch of 1. Batch normalisation goes into the convolution or dense layer before it
 * where nobody else reads that.
 *
 * Errors: every layer class and option that Kiln does not have, weights that are missing or do not fit, networks that do
 * not hang together; all of them at once.
 */
export function buildGraph(model: KerasModel, preamble: Preamble | null = null): Graph {
  const builder = new Builder(model);
  const inputs = builder.addInputs(preamble);
  const outputs = builder.run(model.network, [], inputs.network);
  throwAll(builder.errors);
  return foldScales(builder.editor.finish({ inputs: inputs.outer, outputs }));
}

class Builder {
  readonly editor: GraphEditor;
  readonly errors: KilnError[] = [];
  readonly #shapes = new Map<TensorId, Shape>();
  readonly #inputs: TensorId[] = [];
  readonly #raw = new Map<TensorId, DType>();
  /** Stand for results that could not be computed: their shapes are guesses, and what follows from them is no news. */
  readonly #guessed = new Set<TensorId>();

  constructor(private readonly model: KerasModel) {
    this.editor = GraphEditor.empty(model.network.name, model.classes);
  }

  /** Tensors for the network's inputs; `outer` are those of the graph, which a preamble may have put before them. */
  addInputs(preamble: Preamble | null): { outer: TensorId[]; network: TensorId[] } {
    const { network, where } = this.model;
    if (network.layers.length === 0) {
      throw new CompileError('E-KERAS-EMPTY', where, 'the network has no layers', 'Save a network with layers');
    }
    const inputs = network.inputs.map(({ layer: name }) => {
      const layer = network.layers.find((candidate) => candidate.name === name);
      return this.#addInput(name, layer?.config ?? {});
    });
    throwAll(this.errors);
    const [only] = inputs;
    if (preamble === null || only === undefined || inputs.length !== 1) return { outer: inputs, network: inputs };
    const added = preamble(this.editor, only);
    this.#shapes.set(added.network, this.#shapes.get(only)!);
    return { outer: [added.input], network: [added.network] };
  }

  #addInput(name: string, config: Readonly<Record<string, unknown>>): TensorId {
    const where = `input '${name}'`;
    const found = inputShapeOf(config);
    const sizes = z.array(z.int().positive().nullable()).min(2).safeParse(found);
    if (!sizes.success || sizes.data.slice(1).includes(null)) {
      const message = `has the shape ${JSON.stringify(found) ?? 'of nothing'}, expected fixed sizes`;
      this.errors.push(new CompileError('E-KERAS-INPUT-SHAPE', where, message, 'Give the first layer an input shape'));
    }
    const shape = sizes.success ? [1, ...sizes.data.slice(1).map((size) => size ?? 1)] : [1, 1];
    checkSize(shape, where);
    const named = z.string().catch('float32').parse(config['dtype']);
    const dtype = INPUT_DTYPES.find((candidate) => candidate === named);
    if (dtype === undefined) {
      const message = `is of type ${named}, expected one of ${INPUT_DTYPES.join(', ')}`;
      this.errors.push(
        new UnsupportedError('E-KERAS-INPUT-DTYPE', where, message, 'Build the network for one of them'),
      );
    }
    const id = this.editor.addTensor({ name, shape, dtype: dtype ?? 'float32', quantization: null, data: null });
    this.#inputs.push(id);
    this.#shapes.set(id, shape);
    if (dtype !== undefined && dtype !== 'float32') this.#raw.set(id, dtype);
    return id;
  }

  /** Runs the layers of a network on tensors, and answers with those of its outputs. */
  run(network: KerasNetwork, path: readonly string[], inputs: readonly TensorId[]): TensorId[] {
    const values = new Map<string, TensorId>();
    const where = path.length === 0 ? this.model.where : `network '${path.join('/')}'`;
    network.inputs.forEach((ref, i) => values.set(keyOf(ref), inputs[i] ?? inputs[0]!));
    const offsets = nestedOffsets(network);
    let waiting = network.layers.flatMap((layer) => layer.calls.map((reads, call) => ({ layer, reads, call })));
    for (let progress = true; progress && waiting.length > 0;) {
      const ready = waiting.filter(({ reads }) => reads.every((ref) => values.has(keyOf(ref))));
      progress = ready.length > 0;
      for (const { layer, reads, call } of ready) {
        const read = reads.map((ref) => values.get(keyOf(ref))!);
        const results = this.#call(layer, call, path, read);
        const number = call + (offsets.get(layer.name) ?? 0);
        results.forEach((id, output) => values.set(keyOf({ layer: layer.name, call: number, output }), id));
      }
      waiting = waiting.filter((item) => !ready.includes(item));
    }
    for (const { layer, reads } of waiting) {
      const missing = reads.filter((ref) => !values.has(keyOf(ref))).map((ref) => `'${ref.layer}'`);
      const message = `reads ${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} never computed`;
      this.errors.push(
        new CompileError('E-KERAS-ORDER', `${where}, layer '${layer.name}'`, message, 'Save the model again'),
      );
    }
    throwAll(waiting.length > 0 ? this.errors : []);
    return network.outputs.map((ref) => {
      const id = values.get(keyOf(ref));
      if (id !== undefined) return id;
      throw new CompileError(
        'E-KERAS-OUTPUT',
        where,
        `has the output '${ref.layer}', which no layer computes`,
        'Save the model again',
      );
    });
  }

  #call(layer: KerasLayer, call: number, path: readonly string[], inputs: readonly TensorId[]): readonly TensorId[] {
    const within = [...path, layer.name];
    if (layer.network !== null) return this.run(layer.network, within, inputs);
    const name = call === 0 ? within.join('/') : `${within.join('/')}_${call}`;
    const where = `layer '${name}'`;
    const convert = Object.hasOwn(LAYERS, layer.className) ? LAYERS[layer.className] : undefined;
    if (layer.className === 'InputLayer') return inputs;
    if (convert === undefined) {
      const message = `has class ${layer.className}, expected one of ${supportedLayers.join(', ')}`;
      this.errors.push(new UnsupportedError('E-KERAS-LAYER', where, message, 'Build the network from these layers'));
      return this.#guess(inputs);
    }
    try {
      const floats = TAKE_INTEGERS.has(layer.className) ? inputs : inputs.map((id) => this.#asFloat(id));
      const read = (names: readonly string[]) => this.model.weights(within, names, layer.className);
      const result = convert(
        layer.config,
        new LayerContext(this.editor, name, floats, this.#shapes, this.#inputs, read),
      );
      if (inputs.some((id) => this.#guessed.has(id))) this.#guessed.add(result);
      return [result];
    } catch (error) {
      this.#report(error, layer, where, inputs);
      return this.#guess(inputs);
    }
  }

  #report(error: unknown, layer: KerasLayer, where: string, inputs: readonly TensorId[]): void {
    if (error instanceof z.ZodError) {
      this.errors.push(...error.issues.map((issue) => optionError(layer, where, issue)));
      return;
    }
    if (!(error instanceof KilnError)) throw error;
    const found = error instanceof KilnErrors ? error.errors : [error];
    const guessed = inputs.some((id) => this.#guessed.has(id));
    this.errors.push(...found.filter(({ code }) => !guessed || code === 'E-KERAS-WEIGHT-MISSING'));
  }

  /** A result of a layer that could not be converted: its first input, so that the rest of the network can be looked at. */
  #guess(inputs: readonly TensorId[]): readonly TensorId[] {
    const [first] = inputs;
    if (first === undefined) return [];
    const { id: _, ...tensor } = this.editor.finish().tensors.get(first)!;
    const guess = this.editor.addTensor(tensor);
    this.#shapes.set(guess, this.#shapes.get(first)!);
    this.#guessed.add(guess);
    return [guess];
  }

  /** Integers that a layer reads as numbers. */
  #asFloat(id: TensorId): TensorId {
    if (!this.#raw.has(id)) return id;
    const shape = this.#shapes.get(id)!;
    const output = this.editor.addTensor({
      name: 'input/float',
      shape,
      dtype: 'float32',
      quantization: null,
      data: null,
    });
    this.#shapes.set(output, shape);
    this.editor.addNode('cast', 'input/float', {}, [id], [output]);
    return output;
  }
}

function keyOf({ layer, call, output }: TensorRef): string {
  return JSON.stringify([layer, call, output]);
}

/**
 * Keras before 2.4 counts the making of a network as its first call, so that a network in another is first called under
 * number 1.
 */
function nestedOffsets(network: KerasNetwork): Map<string, number> {
  const refs = [...network.outputs, ...network.layers.flatMap(({ calls }) => calls.flat())];
  const nested = network.layers.filter((layer) => layer.network !== null);
  return new Map(
    nested.map(({ name, calls }) => {
      const greatest = Math.max(0, ...refs.filter(({ layer }) => layer === name).map(({ call }) => call));
      return [name, greatest >= calls.length ? 1 : 0];
    }),
  );
}

function optionError(layer: KerasLayer, where: string, issue: z.core.$ZodIssue): KilnError {
  const found = issue.path.reduce<unknown>(
    (value, key) => (Object(value) as Record<PropertyKey, unknown>)[key],
    layer.config,
  );
  const message = `${layer.className} has ${issue.path.join('.')} = ${JSON.stringify(found)}: ${issue.message}`;
  return new UnsupportedError('E-KERAS-OPTION', where, message, 'Change this option of the layer');
}
