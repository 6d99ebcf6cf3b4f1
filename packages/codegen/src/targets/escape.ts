/** Longer names are cut: the files hold them for people. */
const LONGEST = 120;

/**
 * Text of a model, which somebody unknown has written, as one line of letters, digits, blanks and plain punctuation; anything
 * else becomes `_`. Nothing that is left steers a terminal, ends a quotation or a comment, begins a variable or is markup.
 */
export function plainText(text: string): string {
  return [...text.normalize('NFC')]
    .slice(0, LONGEST)
    .map((character) => (/[\p{L}\p{N} .,:()+=-]/u.test(character) ? character : '_'))
    .join('')
    .replace(/_+/g, '_')
    .trim();
}

/** A JSON string; also a YAML string in double quotes, of which JSON's are a subset. */
export function jsonString(text: string): string {
  return JSON.stringify(text);
}

/** A quoted argument of CMake. */
export function cmakeString(text: string): string {
  return `"${text.replace(/[\\"$@;]/g, '\\$&')}"`;
}

/** The value of a line of `library.properties`, which has no quotes: whatever stands there up to the end of the line. */
export function propertyValue(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').trim();
}

/** Text within a line of Markdown. */
export function markdownText(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+.!|~-]/g, '\\$&');
}
