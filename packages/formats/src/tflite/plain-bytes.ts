import { type QuantizationParams, type TensorType } from '@kiln/ir';
import type { FileSubgraph, FileTensor } from './file-model.js';

/** What says that bytes stand for themselves, where a scale must be given. */
export const PLAIN_BYTES: QuantizationParams = { scale: [1], zeroPoint: [0], axis: null };

/** Whether the bytes are the reals that they stand for. */
export function arePlainBytes({ dtype, quantization }: Pick<TensorType, 'quantization'> & { dtype: unknown }): boolean {
  return dtype === 'uint8' && quantization?.scale.join() === '1' && quantization.zeroPoint.join() === '0';
}

/**
 * The subgraph with inputs that are pixels and the like as such: bytes of scale 1 that are read as floats alone. A float network that
 * takes bytes has no scales of its own then.
 */
export function withPlainBytes(subgraph: FileSubgraph): FileSubgraph {
  const { inputs, outputs, operators, tensors } = subgraph;
  const isPlain = (tensor: FileTensor): boolean => {
    const { index } = tensor;
    const readers = operators.filter((operator) => operator.inputs.includes(index));
    const isRead = readers.length > 0 && readers.every(({ builtin }) => builtin === 'DEQUANTIZE');
    return arePlainBytes(tensor) && isRead && inputs.includes(index) && !outputs.includes(index);
  };
  return {
    ...subgraph,
    tensors: tensors.map((tensor) => (isPlain(tensor) ? { ...tensor, quantization: null } : tensor)),
  };
}
