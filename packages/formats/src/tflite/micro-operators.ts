import { CUSTOM_READERS, OPERATOR_READERS } from './operators/index.js';

/** Operators that TensorFlow Lite Micro registers. Source: the symbols `Register_...` of tflite-micro 0.dev20261023182759. */
const MICRO_OPERATORS = words(`
  ABS ADD ADD_N ARG_MAX ARG_MIN ASSIGN_VARIABLE AVERAGE_POOL_2D BATCH_MATMUL BATCH_TO_SPACE_ND BROADCAST_ARGS BROADCAST_TO
  CALL_ONCE CAST CEIL CIRCULAR_BUFFER CONCATENATION CONV_2D COS CUMSUM DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE DIV
  DYNAMIC_UPDATE_SLICE ELU EMBEDDING_LOOKUP EQUAL EXP EXPAND_DIMS FILL FLOOR FLOOR_DIV FLOOR_MOD FULLY_CONNECTED GATHER
  GATHER_ND GREATER GREATER_EQUAL HARD_SWISH IF L2_NORMALIZATION L2_POOL_2D LEAKY_RELU LESS LESS_EQUAL LOG LOGICAL_AND
  LOGICAL_NOT LOGICAL_OR LOGISTIC LOG_SOFTMAX MAXIMUM MAX_POOL_2D MEAN MINIMUM MIRROR_PAD MUL NEG NOT_EQUAL PACK PAD PADV2
  PRELU QUANTIZE READ_VARIABLE REDUCE_ALL REDUCE_MAX REDUCE_MIN RELU RELU6 RESHAPE RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR
  REVERSE_V2 ROUND RSQRT SELECT_V2 SHAPE SIN SLICE SOFTMAX SPACE_TO_BATCH_ND SPACE_TO_DEPTH SPLIT SPLIT_V SQRT SQUARE
  SQUARED_DIFFERENCE SQUEEZE STRIDED_SLICE SUB SUM SVDF TANH TRANSPOSE TRANSPOSE_CONV UNIDIRECTIONAL_SEQUENCE_LSTM UNPACK
  VAR_HANDLE WHILE ZEROS_LIKE`);

/** Custom operators that it has beside them: detection, audio front ends, an accelerator, packed weights. */
const MICRO_CUSTOM_OPERATORS = words(`
  DECODE DELAY DETECTION_POSTPROCESS ENERGY ETHOSU FFT_AUTO_SCALE FILTER_BANK FILTER_BANK_LOG
  FILTER_BANK_SPECTRAL_SUBTRACTION FILTER_BANK_SQUARE_ROOT FRAMER IRFFT OVERLAP_ADD PCAN RFFT STACKER WINDOW`);

/** Operators of TensorFlow Lite, what TensorFlow Lite Micro registers and what Kiln reads, as a Markdown table. */
export function microOperatorTable(): string {
  const readers = { ...OPERATOR_READERS, ...CUSTOM_READERS };
  const names = new Set([...Object.keys(readers), ...MICRO_OPERATORS]);
  const rows = [...names].sort().map((name) => [`\`${name}\``, MICRO_OPERATORS.includes(name), name in readers]);
  const customs = MICRO_CUSTOM_OPERATORS.map((name) => [`\`${name}\` (custom)`, true, name in readers]);
  const cells = [...rows, ...customs].map((row) =>
    row.map((cell) => (typeof cell === 'string' ? cell : cell ? 'yes' : '-')),
  );
  const head = ['TensorFlow Lite operator', 'TensorFlow Lite Micro', 'Kiln'];
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]!.length)));
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, i) => text.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
