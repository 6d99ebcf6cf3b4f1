/** Words that C99, C11, C++20 or the generated code's own headers have taken. */
const RESERVED = new Set(
  `alignas alignof and asm auto bitand bitor bool break case catch char char8_t class compl concept const consteval constexpr
  constinit continue decltype default delete do double dynamic_cast else enum explicit export extern false float for friend
  goto if inline int long mutable namespace new noexcept not nullptr operator or private protected public register
  reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast struct switch template this
  thread_local throw true try typedef typeid typename typeof union unsigned using virtual void volatile wchar_t while xor
  main errno NULL x y clamp requantize`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

/** Parameters and variables of kernels with several inputs, outputs or dimensions. */
const NUMBERED = /^(?:x|y|index)\d+$/;

/** The longest identifier that is written: C99 promises 31 significant characters to external names. */
const LONGEST = 31;

/** A C identifier, lower case, that resembles `text`; `fallback` where nothing of it can be kept. */
export function cIdentifier(text: string, fallback: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9_]+/g, '_')
    .replace(/_+/g, '_')
    .replace(/^_|_$/g, '')
    .toLowerCase()
    .slice(0, LONGEST);
  const start = plain === '' ? fallback : /^[0-9]/.test(plain) ? `${fallback}_${plain}`.slice(0, LONGEST) : plain;
  return RESERVED.has(start) || NUMBERED.test(start) ? `${start}_` : start;
}

/** Gives out identifiers, each once: a name that is taken gets `_2`, `_3` and so on. */
export class CNames {
  private readonly taken = new Set<string>();

  unique(text: string, fallback: string): string {
    const base = cIdentifier(text, fallback);
    let name = base;
    for (let n = 2; this.taken.has(name); n++) name = `${base}_${n}`;
    this.taken.add(name);
    return name;
  }
}
