/** How TensorFlow calls the step of a layer that becomes the operator: the last part of its name, without a number. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  CONV_2D: ['biasadd', 'conv2d'],
  DEPTHWISE_CONV_2D: ['biasadd', 'depthwise'],
  TRANSPOSE_CONV: ['biasadd', 'conv2dtranspose'],
  FULLY_CONNECTED: ['biasadd', 'matmul'],
};

/**
 * The name under which people know the layer that an operator came from.
 *
 * The converter joins the names of all steps that it fused, each with the path of its layer: of
 * `model/relu/Relu;model/conv2d_1/BiasAdd;model/conv2d_1/Conv2D` a CONV_2D becomes `conv2d_1`. `scope` is what all names begin
 * with, such as `model/`. Names of another form stay as they are.
 */
export function layerName(tensorName: string, builtin: string, scope: string): string {
  const paths = tensorName.split(';');
  const wanted = STEPS[builtin] ?? [builtin.toLowerCase().replaceAll('_', '')];
  const own = wanted.map((step) => paths.find((path) => stepOf(path) === step)).find((path) => path !== undefined);
  const [chosen = tensorName] = own === undefined ? paths : [own];
  const parts = chosen.split('/');
  const isStep = parts.length > 1 && (own !== undefined || /^[A-Z]/.test(parts.at(-1)!));
  const path = isStep ? parts.slice(0, -1).join('/') : chosen;
  return path.startsWith(scope) && path.length > scope.length ? path.slice(scope.length) : path;
}

/** `model/conv2d_1/Conv2D1` -> `conv2d`: the converter counts what it doubles. */
function stepOf(path: string): string {
  const step = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  return step.startsWith('conv2d') ? step.replace(/^(conv2d[a-z]*).*$/, '$1') : step.replace(/_?\d+$/, '');
}

/** What all names with a path begin with, up to the first slash; nothing if they differ or there is but one. */
export function sharedScope(names: readonly string[]): string {
  const paths = names.flatMap((name) => name.split(';')).filter((path) => path.includes('/'));
  const scopes = new Set(paths.map((path) => path.slice(0, path.indexOf('/') + 1)));
  return paths.length > 1 && scopes.size === 1 ? [...scopes][0]! : '';
}
