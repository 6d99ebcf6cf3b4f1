import { cIdentifier } from './c-identifier.js';
import { LIBRARY_NAMES } from './local-names.js';

/**
 * Headers of C, C++, POSIX and the boards' kits: a `NAME.h` of such a name would stand before them in the path of everyone
 * who includes it.
 */
const HEADERS = `arduino assert complex ctype endian errno features fenv float inttypes io iso646 limits locale malloc math memory
  new poll process pthread sched search semaphore setjmp signal stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib
  stdnoreturn string strings syslog termios tgmath threads time types uchar unistd utime wchar wctype wire`;

/** Namespaces, types and functions that system headers put where `namespace NAME` stands; so may any type that ends in `_t`. */
const CPP_NAMES = `abi close dup getpid gets lconv link lseek mktime open pause pipe posix pow10 read rmdir select sigaction sleep stat
  std swab sync timespec timeval tm truncate ungetc unlink usleep utimes wait`;

const TAKEN: ReadonlySet<string> = new Set([...LIBRARY_NAMES, ...`${HEADERS} ${CPP_NAMES}`.split(/\s+/)]);

/** What every name of a network's C begins with, and its files and its C++ namespace are called. */
export function cPrefix(text: string): string {
  const name = cIdentifier(text, 'model');
  return TAKEN.has(name) || name.endsWith('_t') ? `${name}_model` : name;
}
