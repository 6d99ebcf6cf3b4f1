import type { NodeContext } from '../node-context.js';
import type { Tensorial } from '../value.js';
import { arithmetic } from './elementwise.js';
import { normalise } from './normalise.js';

const ACTIVATIONS = { Relu: 'relu', Relu6: 'relu6', Elu: 'elu', Sigmoid: 'logistic', Tanh: 'tanh' } as const;

/**
 * What is fused into a node, in order; its operands stand behind x and the weights.
 *
 * Source: tensorflow/core/kernels/conv_ops_fused_impl.h; tfjs-converter, `operations/executors/convolution_executor.ts`.
 */
export function applyFused(context: NodeContext, y: Tensorial): Tensorial {
  if (context.text('data_format', 'NHWC') !== 'NHWC')
    throw context.unsupported('E-GRAPHDEF-FUSED', 'has its channels first and others fused into it, expected NHWC');
  let operand = 2;
  return (context.attribute('fused_ops')?.list?.s ?? []).reduce<Tensorial>((x, name) => {
    const suffix = `/${name}`;
    if (name === 'BiasAdd') return arithmetic(context, 'add', x, context.tensor(operand++), suffix);
    if (name === 'FusedBatchNorm') {
      operand += 4;
      return normalise(context, x, operand - 4);
    }
    if (name === 'LeakyRelu')
      return context.emit(
        'leakyRelu',
        { alpha: context.number('leakyrelu_alpha', 0.2) },
        [x],
        x.shape,
        x.dtype,
        suffix,
      );
    if (name === 'Prelu') return context.emit('prelu', {}, [x, context.tensor(operand++)], x.shape, x.dtype, suffix);
    if (Object.hasOwn(ACTIVATIONS, name))
      return context.emit(ACTIVATIONS[name as keyof typeof ACTIVATIONS], {}, [x], x.shape, x.dtype, suffix);
    throw context.unsupported('E-GRAPHDEF-FUSED', `has ${name} fused into it`);
  }, y);
}
