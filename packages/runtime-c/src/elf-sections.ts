import { UnsupportedError } from '@kiln/ir';

/** Bytes by kind of section, and what the object file expects others to bring. */
export interface SectionSizes {
  readonly textBytes: number;
  readonly constantBytes: number;
  readonly dataBytes: number;
  readonly bssBytes: number;
  /** Names of functions and objects that are not in the file, sorted: mostly the compiler's own arithmetic. */
  readonly undefinedSymbols: readonly string[];
}

/** One section header; names and values as in the System V ABI, chapter 4 "Object files". */
interface Section {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly entrySize: number;
}

const SHT_PROGBITS = 1;
const SHT_SYMTAB = 2;
const SHT_NOBITS = 8;
const SHF_WRITE = 1;
const SHF_ALLOC = 2;
const SHF_EXECINSTR = 4;
const SHN_UNDEF = 0;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;

/**
 * Adds up the sections of an ELF object file (32 or 64 bits, little-endian) that would be loaded.
 *
 * Errors: `E-OBJECT-FORMAT` if it is another kind of file.
 */
export function readSectionSizes(bytes: Uint8Array): SectionSizes {
  const view = viewOf(bytes);
  const sections = readSections(view, bytes[4] === CLASS_64);
  const sum = (matches: (section: Section) => boolean) =>
    sections.filter(matches).reduce((total, { size }) => total + size, 0);
  const loaded = ({ type, flags }: Section, wanted: number) =>
    type === SHT_PROGBITS && (flags & (SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR)) === (SHF_ALLOC | wanted);
  return {
    textBytes: sum((section) => loaded(section, SHF_EXECINSTR)),
    constantBytes: sum((section) => loaded(section, 0)),
    dataBytes: sum((section) => loaded(section, SHF_WRITE)),
    bssBytes: sum(({ type, flags }) => type === SHT_NOBITS && (flags & SHF_ALLOC) !== 0),
    undefinedSymbols: readUndefinedSymbols(view, sections, bytes[4] === CLASS_64),
  };
}

/** One function or object that a file defines. */
export interface ElfSymbol {
  readonly name: string;
  /** For Thumb code without the bit that says so. */
  readonly address: number;
  readonly bytes: number;
  readonly isFunction: boolean;
}

const STT_OBJECT = 1;
const STT_FUNC = 2;
const EM_ARM = 40;

/** What an ELF file of 32 bits defines, by address. Errors: as `readSectionSizes`. */
export function readSymbols(bytes: Uint8Array): ElfSymbol[] {
  const view = viewOf(bytes);
  const isArm = view.getUint16(18, true) === EM_ARM;
  const sections = readSections(view, false);
  const symbols: ElfSymbol[] = [];
  for (const table of sections.filter(({ type }) => type === SHT_SYMTAB)) {
    for (let at = table.offset; at < table.offset + table.size; at += table.entrySize) {
      const kind = view.getUint8(at + 12) & 0xf;
      if ((kind !== STT_FUNC && kind !== STT_OBJECT) || view.getUint16(at + 14, true) === SHN_UNDEF) continue;
      const value = view.getUint32(at + 4, true);
      symbols.push({
        name: readText(view, sections[table.link]!.offset + view.getUint32(at, true)),
        address: isArm && kind === STT_FUNC ? value & ~1 : value,
        bytes: view.getUint32(at + 8, true),
        isFunction: kind === STT_FUNC,
      });
    }
  }
  return symbols.sort((a, b) => a.address - b.address);
}

/** The file's bytes as numbers. Errors: `E-OBJECT-FORMAT` if it is no little-endian ELF file. */
function viewOf(bytes: Uint8Array): DataView {
  const isElf = bytes.length > 52 && Buffer.from(bytes.subarray(0, 4)).toString('latin1') === '\x7fELF';
  if (!isElf || bytes[5] !== LITTLE_ENDIAN) {
    const remedy = 'Measure with arm-none-eabi-gcc, or on Linux';
    throw new UnsupportedError(
      'E-OBJECT-FORMAT',
      'object file',
      'expected a little-endian ELF file, found another',
      remedy,
    );
  }
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function readSections(view: DataView, wide: boolean): Section[] {
  const start = wide ? Number(view.getBigUint64(40, true)) : view.getUint32(32, true);
  const headerBytes = view.getUint16(wide ? 58 : 46, true);
  const count = view.getUint16(wide ? 60 : 48, true);
  const word = (at: number) => (wide ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true));
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * headerBytes;
    return {
      type: view.getUint32(at + 4, true),
      flags: word(at + 8),
      offset: word(at + (wide ? 24 : 16)),
      size: word(at + (wide ? 32 : 20)),
      link: view.getUint32(at + (wide ? 40 : 24), true),
      entrySize: word(at + (wide ? 56 : 36)),
    };
  });
}

function readUndefinedSymbols(view: DataView, sections: readonly Section[], wide: boolean): string[] {
  const names = new Set<string>();
  for (const table of sections.filter(({ type }) => type === SHT_SYMTAB)) {
    const strings = sections[table.link]!;
    for (let at = table.offset; at < table.offset + table.size; at += table.entrySize) {
      const name = readText(view, strings.offset + view.getUint32(at, true));
      if (view.getUint16(at + (wide ? 6 : 14), true) === SHN_UNDEF && name !== '') names.add(name);
    }
  }
  return [...names].sort();
}

function readText(view: DataView, start: number): string {
  let end = start;
  while (view.getUint8(end) !== 0) end++;
  return Buffer.from(view.buffer, view.byteOffset + start, end - start).toString('latin1');
}
