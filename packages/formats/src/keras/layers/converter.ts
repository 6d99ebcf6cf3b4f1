import type { TensorId } from '@kiln/ir';
import type { z } from 'zod';
import type { LayerContext } from '../layer-context.js';

/** Appends the nodes of a layer with these options. Throws z.ZodError for options that Kiln does not have. */
export type Converter = (config: unknown, context: LayerContext) => TensorId;

/** A converter that gets its options checked. */
export function withOptions<Options>(
  schema: z.ZodType<Options>,
  convert: (options: Options, context: LayerContext) => TensorId,
): Converter {
  return (config, context) => convert(schema.parse(config), context);
}
