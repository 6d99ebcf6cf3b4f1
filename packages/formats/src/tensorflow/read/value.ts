import { type DType, type KilnError, type Shape, type TensorData, type TensorId } from '@kiln/ir';

/** What a result of a node is while the network is read. */
export type Value = Flowing | Constant | Texts | Resource | Dead | Failed;

/** A tensor of the graph: it depends on the network's inputs. */
export interface Flowing {
  readonly kind: 'flowing';
  readonly id: TensorId;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Known now. It becomes a tensor of the graph when a node reads it. */
export interface Constant {
  readonly kind: 'constant';
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: TensorData;
}

/** Strings, such as the names of variables. */
export interface Texts {
  readonly kind: 'texts';
  readonly texts: readonly string[];
}

/** The variable that a node of the main graph stands for. */
export interface Resource {
  readonly kind: 'resource';
  readonly variable: string;
}

/** In a branch that is not taken. */
export interface Dead {
  readonly kind: 'dead';
}

/** Could not be read, or depends on what could not be. The errors count only if an output depends on it. */
export interface Failed {
  readonly kind: 'failed';
  readonly errors: readonly KilnError[];
  readonly from: readonly Failed[];
}

/** What carries numbers. */
export type Tensorial = Flowing | Constant;

export function isTensorial(value: Value): value is Tensorial {
  return value.kind === 'flowing' || value.kind === 'constant';
}

export function constant(name: string, dtype: DType, shape: Shape, data: TensorData): Constant {
  return { kind: 'constant', name, dtype, shape, data };
}

export function integers(name: string, values: readonly number[], shape: Shape = [values.length]): Constant {
  return constant(name, 'int32', shape, Int32Array.from(values));
}

/** All errors that some values failed by, those of what came first in front. */
export function errorsOf(failed: readonly Failed[]): KilnError[] {
  const seen = new Set<Failed>(failed);
  for (const value of seen) value.from.forEach((source) => seen.add(source));
  return [...seen].reverse().flatMap(({ errors }) => errors);
}
