/** A class name as Keras makes a group's name of it: `MaxPooling2D` becomes `max_pooling2d`. Source: keras/src/utils/naming.py. */
export function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
