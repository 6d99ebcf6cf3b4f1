import { DataError } from '@kiln/ir';

/** JSON inside a file. Errors: DataError with the name of the part. */
export function parseJson(text: string, where: string, part: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new DataError(
      'E-KERAS-JSON',
      `${where}, ${part}`,
      `is not JSON: ${(cause as Error).message}`,
      'Save the model again',
      { cause },
    );
  }
}
